-- Version 6: the hourly rollup counts the calls that arrived over a day after
-- they were made.
CREATE OR REPLACE VIEW event_sums AS
    SELECT ts, operation, service_tier, environment, status, source,
        provider, model, requested_model, feature, workflow, run, step,
        experiment, variant, "release", prompt, segment, customer, "user",
        owner, key, fallback_from,
        CAST(1 AS BIGINT) AS requests,
        CAST(CASE WHEN attempt > 1 THEN 1 ELSE 0 END AS BIGINT) AS retries,
        CAST(web_searches AS BIGINT) AS web_searches,
        CAST(tok_input AS BIGINT) AS tok_input,
        CAST(tok_cache_read AS BIGINT) AS tok_cache_read,
        CAST(tok_cache_write_5m AS BIGINT) AS tok_cache_write_5m,
        CAST(tok_cache_write_1h AS BIGINT) AS tok_cache_write_1h,
        CAST(tok_input_audio AS BIGINT) AS tok_input_audio,
        CAST(tok_input_image AS BIGINT) AS tok_input_image,
        CAST(tok_output AS BIGINT) AS tok_output,
        CAST(tok_output_reasoning AS BIGINT) AS tok_output_reasoning,
        CAST(tok_output_audio AS BIGINT) AS tok_output_audio,
        CAST(tok_output_image AS BIGINT) AS tok_output_image,
        CAST(latency_ms AS BIGINT) AS latency_ms,
        CAST(CASE WHEN latency_ms IS NOT NULL THEN 1 ELSE 0 END AS BIGINT)
            AS latency_n,
        reported_cost & 1099511627775 AS reported_cost,
        reported_cost >> 40 AS reported_cost_hi,
        cost & 1099511627775 AS cost,
        cost >> 40 AS cost_hi,
        cost_cache & 1099511627775 AS cost_cache,
        cost_cache >> 40 AS cost_cache_hi,
        cost_output & 1099511627775 AS cost_output,
        cost_output >> 40 AS cost_output_hi,
        cost_tools & 1099511627775 AS cost_tools,
        cost_tools >> 40 AS cost_tools_hi,
        CAST(CASE WHEN cost IS NULL THEN 1 ELSE 0 END AS BIGINT) AS unpriced,
        CAST(CASE WHEN arrival > ts + INTERVAL 1 DAY THEN 1 ELSE 0 END AS BIGINT)
            AS late,
        fold
    FROM event_rows;

-- Rows are sums, so what is not in those there are comes as rows of its own,
-- that hold nothing else; merging makes them one with the others.
ALTER TABLE hourly_rows ADD COLUMN late BIGINT DEFAULT 0;
INSERT INTO hourly_rows BY NAME
    SELECT date_trunc('hour', ts) AS ts, operation, service_tier, environment,
        status, source, provider, model, requested_model, feature, workflow,
        experiment, variant, "release", prompt, segment, owner, fallback_from,
        count(*) AS late, (SELECT max(fold) FROM hourly_rows) AS fold
    FROM event_rows
    WHERE arrival > ts + INTERVAL 1 DAY
        AND fold <= (SELECT folded FROM toll_meta)
    GROUP BY ALL
    ORDER BY ALL;

-- Until it is made anew with the number written out (store/duckdb_rollup.c).
CREATE OR REPLACE VIEW hourly AS
    SELECT * EXCLUDE (fold) FROM hourly_rows
    UNION ALL
    SELECT * EXCLUDE (run, step, customer, "user", key, fold)
    FROM event_sums WHERE fold > (SELECT folded FROM toll_meta);
