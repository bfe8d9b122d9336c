-- Version 1.  What has been released is never changed here: a later version
-- is another file, and its number.
--
-- The members of the closed sets stand in the order of event.h, since the
-- appender writes a member's number less one.
CREATE TYPE operation AS ENUM
    ('chat', 'embeddings', 'image', 'audio', 'rerank', 'other');
CREATE TYPE service_tier AS ENUM ('standard', 'batch', 'flex', 'priority');
CREATE TYPE environment AS ENUM
    ('production', 'staging', 'development', 'internal', 'test', 'evaluation');
CREATE TYPE event_status AS ENUM ('ok', 'error', 'cancelled');
CREATE TYPE event_source AS ENUM ('api', 'gateway', 'otlp', 'import', 'demo');

-- One row.  journal_pos changes in the transaction that adds the events.
CREATE TABLE toll_meta (
    schema_version INTEGER NOT NULL,
    journal_pos UBIGINT NOT NULL
);
INSERT INTO toll_meta VALUES (1, 0);

-- An id is kept in one of two columns, the other is NULL: most senders make
-- UUIDs, which take 16 bytes as numbers and 21 as compressed text.  Free text
-- has no NULLs, so that "untagged" is one thing.  Amounts are pico-dollars.
CREATE TABLE event_rows (
    id_uuid UUID,
    id_text VARCHAR,
    ts TIMESTAMP NOT NULL,
    arrival TIMESTAMP NOT NULL,
    operation operation NOT NULL,
    service_tier service_tier NOT NULL,
    environment environment NOT NULL,
    status event_status NOT NULL,
    source event_source NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    requested_model VARCHAR NOT NULL,
    feature VARCHAR NOT NULL,
    workflow VARCHAR NOT NULL,
    run VARCHAR NOT NULL,
    step VARCHAR NOT NULL,
    experiment VARCHAR NOT NULL,
    variant VARCHAR NOT NULL,
    "release" VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    segment VARCHAR NOT NULL,
    customer VARCHAR NOT NULL,
    "user" VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    fallback_from VARCHAR NOT NULL,
    tags VARCHAR NOT NULL,
    attempt UINTEGER NOT NULL,
    web_searches BIGINT NOT NULL,
    tok_input BIGINT NOT NULL,
    tok_cache_read BIGINT NOT NULL,
    tok_cache_write_5m BIGINT NOT NULL,
    tok_cache_write_1h BIGINT NOT NULL,
    tok_input_audio BIGINT NOT NULL,
    tok_input_image BIGINT NOT NULL,
    tok_output BIGINT NOT NULL,
    tok_output_reasoning BIGINT NOT NULL,
    tok_output_audio BIGINT NOT NULL,
    tok_output_image BIGINT NOT NULL,
    latency_ms BIGINT,
    ttft_ms BIGINT,
    reported_cost BIGINT,
    cost BIGINT,
    cost_cache BIGINT NOT NULL,
    cost_output BIGINT NOT NULL,
    cost_tools BIGINT NOT NULL,
    price VARCHAR NOT NULL
);

-- What everybody reads (store/schema.h).
CREATE VIEW events AS
    SELECT coalesce(CAST(id_uuid AS VARCHAR), id_text) AS id,
        * EXCLUDE (id_uuid, id_text)
    FROM event_rows;
