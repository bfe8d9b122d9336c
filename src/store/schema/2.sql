-- Version 2: what stands beside the calls (event/record.h).  ts is when it
-- happened; a customer's the first instant of the month from which on the row
-- holds.  Each thing is there once: an outcome by its id, a release by itself
-- and its feature, a customer's row by customer and ts.  No key says so, since
-- an index over all ids costs more memory than it is worth: the inserts see
-- to it (duckdb_record.c).
CREATE TABLE outcomes (
    ts TIMESTAMP NOT NULL,
    arrival TIMESTAMP NOT NULL,
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    run VARCHAR NOT NULL,
    "user" VARCHAR NOT NULL,
    customer VARCHAR NOT NULL,
    feature VARCHAR NOT NULL,
    experiment VARCHAR NOT NULL,
    variant VARCHAR NOT NULL,
    "release" VARCHAR NOT NULL
);
CREATE TABLE releases (
    ts TIMESTAMP NOT NULL,
    arrival TIMESTAMP NOT NULL,
    "release" VARCHAR NOT NULL,
    feature VARCHAR NOT NULL,
    note VARCHAR NOT NULL
);
-- revenue is pico-dollars a month.
CREATE TABLE customers (
    ts TIMESTAMP NOT NULL,
    arrival TIMESTAMP NOT NULL,
    customer VARCHAR NOT NULL,
    segment VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    revenue BIGINT NOT NULL
);
