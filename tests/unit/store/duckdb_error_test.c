#include "test.h"

#include "base/attr.h"
#include "store/duckdb_priv.h"

/* Messages as the library gives them. */
static const struct {
    const char *message;
    enum rc rc;
    const char *told;
} CASES[] = {
    {"IO Error: Could not set lock on file \"/data/events.duckdb\": "
     "Conflicting lock is held in /usr/bin/toll (PID 8992) by user ann. See "
     "also https://duckdb.org/docs/stable/connect/concurrency",
     RC_BUSY, "process 8992 (/usr/bin/toll) has it open"},
    {"IO Error: Could not set lock on file \"/data/events.duckdb\": "
     "Resource temporarily unavailable",
     RC_BUSY, "another process has it open"},
    {"IO Error: The file \"/data/x\" exists, but it is not a valid DuckDB "
     "database file!",
     RC_CORRUPT, "it is no database; move it away or choose another folder"},
    {"IO Error: Trying to read a database file with version number 99, but "
     "we can only read versions between 64 and 68.\nThe database file was "
     "created with a newer version of DuckDB.",
     RC_CORRUPT, "it was written by a newer toll; run that one"},
    {"IO Error: Cannot open file \"/none/x\": No such file or directory",
     RC_NOT_FOUND,
     "the database: Cannot open file \"/none/x\": No such file or directory"},
    {"IO Error: Cannot open file \"/root/x\": Permission denied", RC_DENIED,
     "the database: Cannot open file \"/root/x\": Permission denied"},
    {"TransactionContext Error: Failed to commit: Could not write file "
     "\"/data/events.duckdb.wal\": No space left on device",
     RC_FULL,
     "the database: Failed to commit: Could not write file "
     "\"/data/events.duckdb.wal\": No space left on device"},
    {"FATAL Error: Failed to create checkpoint because of error: Could not "
     "write file \"/data/events.duckdb\": File too large",
     RC_FULL,
     "the database: Failed to create checkpoint because of error: Could not "
     "write file \"/data/events.duckdb\": File too large"},
    {"FATAL Error: Failed: database has been invalidated because of a "
     "previous fatal error. The database must be restarted prior to being "
     "used again.\nOriginal error: \"Failed to create checkpoint because of "
     "error: Could not write file \"/data/events.duckdb\": No space left on "
     "device\"",
     RC_UNAVAILABLE,
     "the database recovers from: Failed to create checkpoint because of "
     "error: Could not write file \"/data/events.duckdb\": No space left on "
     "device"},
    {"Binder Error: Referenced column \"nocolumn\" not found in FROM clause!\n"
     "Candidate bindings: \"i\"\n\nLINE 1: select nocolumn from t\n      ^",
     RC_IO,
     "the database: Referenced column \"nocolumn\" not found in FROM clause!"},
    {"Invalid Input Error: Attempting to execute an unsuccessful or closed "
     "pending query result\nError: Conversion Error: Could not convert string "
     "'x614400' to INT32\n\nLINE 1: select",
     RC_IO, "the database: Could not convert string 'x614400' to INT32"},
    {"TransactionContext Error: Cannot CHECKPOINT: there are other write "
     "transactions active. Try using FORCE CHECKPOINT",
     RC_BUSY, "a read that goes on keeps the log from being folded in"},
    {"Out of Memory Error: failed to pin block of size 256.0 KiB (512.0 MiB/"
     "512.0 MiB used)",
     RC_LIMIT,
     "the database: failed to pin block of size 256.0 KiB (512.0 MiB/512.0 "
     "MiB used)"},
    {"something nobody has seen before", RC_IO,
     "the database: something nobody has seen before"},
    {"", RC_IO, "the database failed without saying why"},
    {NULL, RC_IO, "the database failed without saying why"},
};

static void each_message_is_told_in_a_line(void **state)
{
    struct why why;

    (void)state;
    for (size_t i = 0; i < ARRAY_N(CASES); i++) {
        assert_rc(duck_error(CASES[i].message, &why), CASES[i].rc);
        assert_string_equal(why.text, CASES[i].told);
        assert_rc(duck_error(CASES[i].message, NULL), CASES[i].rc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_is_told_in_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
