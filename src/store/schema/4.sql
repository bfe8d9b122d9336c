-- Version 4: what budgets did with calls: refused them, sent them to another
-- model, slowed them down.  ts is when; action is the word of toll.yaml;
-- calls is how many like this one it stands for; saved is pico-dollars, an
-- estimate; model is what served, empty when nothing did.
CREATE TABLE guardrails (
    ts TIMESTAMP NOT NULL,
    arrival TIMESTAMP NOT NULL,
    id VARCHAR NOT NULL,
    budget VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    calls DOUBLE NOT NULL,
    saved BIGINT NOT NULL,
    feature VARCHAR NOT NULL,
    "user" VARCHAR NOT NULL,
    customer VARCHAR NOT NULL,
    run VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    requested_model VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    note VARCHAR NOT NULL
);
