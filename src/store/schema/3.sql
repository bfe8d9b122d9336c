-- Version 3: rollups.  What has been released is never changed here.
--
-- Events come in folds: each bears the number of the fold it will be summed
-- in.  Folds up to toll_meta.folded are in the rollups' rows; the events of
-- later ones, the tail, are added by the views, which name that number.  So
-- a rollup and the events always have the same sums, and a fold is one
-- transaction that adds rows, moves the views and nothing else.
--
-- What an older database holds is its first fold, due when it is next idle.
ALTER TABLE toll_meta ADD COLUMN folded UINTEGER DEFAULT 0;
ALTER TABLE event_rows ADD COLUMN fold UINTEGER DEFAULT 1;

CREATE OR REPLACE VIEW events AS
    SELECT coalesce(CAST(id_uuid AS VARCHAR), id_text) AS id,
        * EXCLUDE (id_uuid, id_text, fold)
    FROM event_rows;

-- Each event as a row of a rollup.  All sums are of 64 bits, since those of
-- 128 take DuckDB several times as long to read and to add.  Counts are at
-- most 2^40 an event (LIMIT_COUNT_BITS); of dollars the lower 40 bits are one
-- column and what is above, mostly 0, another: both are plain sums.
CREATE VIEW event_sums AS
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
        fold
    FROM event_rows;

-- Rows are sums of one bucket of time, ts its beginning.  fold: 0 once rows
-- alike have been merged, or were found to be few; before that the fold a row
-- is of.
CREATE TABLE hourly_rows AS
    SELECT * EXCLUDE (run, step, customer, "user", key)
    FROM event_sums LIMIT 0;
CREATE TABLE customer_day_rows AS
    SELECT ts, operation, service_tier, environment, status, source, feature,
        workflow, segment, customer, owner, requests, cost, cost_hi, unpriced,
        fold
    FROM event_sums LIMIT 0;

-- Each fold makes these anew, with its own number (store/duckdb_rollup.c).
CREATE VIEW event_tail AS SELECT ts FROM event_rows WHERE fold > 0;
CREATE VIEW hourly AS
    SELECT * EXCLUDE (fold) FROM hourly_rows
    UNION ALL
    SELECT * EXCLUDE (run, step, customer, "user", key, fold)
    FROM event_sums WHERE fold > 0;
CREATE VIEW customer_day AS
    SELECT * EXCLUDE (fold) FROM customer_day_rows
    UNION ALL
    SELECT ts, operation, service_tier, environment, status, source, feature,
        workflow, segment, customer, owner, requests, cost, cost_hi, unpriced
    FROM event_sums WHERE fold > 0;
