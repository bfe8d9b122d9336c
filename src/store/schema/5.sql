-- Version 5: lines of providers' invoices (event/record.h).  ts is the first
-- instant that a line is for, "to" the first behind it; amount is
-- pico-dollars.  A line is there once by all but its arrival and amount: the
-- inserts see to it (duckdb_record.c).
CREATE TABLE invoices (
    ts TIMESTAMP NOT NULL,
    arrival TIMESTAMP NOT NULL,
    provider VARCHAR NOT NULL,
    "to" TIMESTAMP NOT NULL,
    account VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    line VARCHAR NOT NULL,
    charge VARCHAR NOT NULL,
    amount BIGINT NOT NULL
);
