#include "store/duckdb_priv.h"

#include <inttypes.h>

#include "base/attr.h"

/* By version, from 1. */
static const struct str *const MIGRATIONS[] = {&schema_sql_1, &schema_sql_2,
                                               &schema_sql_3, &schema_sql_4,
                                               &schema_sql_5, &schema_sql_6};

#define VERSION_NOW ((int32_t)ARRAY_N(MIGRATIONS))

enum { SQL_MAX = 64 * 1024 };

/* The only row of an answer of two columns, INTEGER and UBIGINT. */
static enum rc read_pair(duckdb_connection conn, const char *sql,
                         int32_t *ret_first, uint64_t *ret_second,
                         struct why *why)
{
    duckdb_data_chunk chunk = NULL;
    duckdb_result result;
    const int32_t *first;
    const uint64_t *second;
    enum rc rc = RC_OK;

    if (duckdb_query(conn, sql, &result) != DuckDBSuccess) {
        rc = duck_error(duckdb_result_error(&result), why);
        goto out;
    }
    chunk = duckdb_fetch_chunk(result);
    if (!chunk || duckdb_data_chunk_get_size(chunk) != 1) {
        rc = why_set(why, RC_CORRUPT, "the database has lost its description");
        goto out;
    }
    first = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
    second = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
    *ret_first = *first;
    *ret_second = *second;
out:
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    return rc;
}

/* Several statements. */
static enum rc run_script(duckdb_connection conn, const char *sql,
                          struct why *why)
{
    duckdb_result result;
    enum rc rc = RC_OK;

    if (duckdb_query(conn, sql, &result) != DuckDBSuccess) {
        rc = duck_error(duckdb_result_error(&result), why);
    }
    duckdb_destroy_result(&result);
    return rc;
}

static enum rc migrate_to(duckdb_connection conn, int32_t version,
                          struct why *why)
{
    struct buf sql;

    buf_init(&sql, SQL_MAX);
    buf_cz(&sql, "BEGIN TRANSACTION;");
    buf_str(&sql, *MIGRATIONS[version - 1]);
    buf_fmt(&sql, "UPDATE toll_meta SET schema_version = %" PRId32 ";COMMIT",
            version);
    buf_char(&sql, '\0');
    enum rc rc = buf_rc(&sql, why);
    if (rc == RC_OK) {
        rc = run_script(conn, sql.p, why);
        if (rc != RC_OK) {
            duck_undo(conn);
            rc = why_prefix(why, rc, "bringing its tables to version %" PRId32,
                            version);
        }
    }
    buf_fini(&sql);
    return rc;
}

/* The rollups' views of the version there is now. */
static enum rc make_views(duckdb_connection conn, struct why *why)
{
    uint32_t folded = 0;
    uint64_t n_tail = 0;
    struct buf sql;
    enum rc rc = duck_read_tail(conn, &folded, &n_tail, why);

    buf_init(&sql, SQL_MAX);
    if (rc == RC_OK) {
        rc = duck_make_views(conn, folded, &sql, why);
    }
    buf_fini(&sql);
    return rc;
}

/* The version is 0 when there is nothing in it yet.  What is in it is only
 * asked when it is not what was expected: listing tables takes longer than
 * opening. */
static enum rc read_version(duckdb_connection conn, int32_t *ret_version,
                            uint64_t *ret_pos, struct why *why)
{
    int32_t n_ours = 0;
    uint64_t n_tables = 0;
    enum rc rc =
        read_pair(conn, "SELECT schema_version, journal_pos FROM toll_meta",
                  ret_version, ret_pos, why);
    if (rc == RC_OK) {
        return RC_OK;
    }
    struct why cause;
    rc = read_pair(conn,
                   "SELECT CAST(count(*) FILTER (table_name = 'toll_meta') AS "
                   "INTEGER), CAST(count(*) AS UBIGINT) FROM duckdb_tables()",
                   &n_ours, &n_tables, &cause);
    if (rc != RC_OK || n_ours > 0) {
        return why_prefix(why, RC_CORRUPT, "reading its description");
    }
    if (n_tables > 0) {
        return why_set(why, RC_CORRUPT,
                       "it is a database of another program; move it away or "
                       "choose another folder");
    }
    *ret_version = 0;
    *ret_pos = 0;
    return RC_OK;
}

enum rc duck_migrate(duckdb_connection conn, bool is_new, uint64_t *ret_pos,
                     struct why *why)
{
    int32_t version = 0;
    uint64_t pos = 0;
    enum rc rc = is_new ? RC_OK : read_version(conn, &version, &pos, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (version < 0 || version > VERSION_NOW) {
        return why_set(why, RC_CORRUPT,
                       "its tables are of version %" PRId32
                       " and this toll knows them up to %" PRId32
                       "; run the newer toll that wrote it",
                       version, VERSION_NOW);
    }
    bool is_older = version < VERSION_NOW;
    while (version < VERSION_NOW && rc == RC_OK) {
        version++;
        rc = migrate_to(conn, version, why);
    }
    if (rc == RC_OK && is_older) {
        rc = make_views(conn, why);
    }
    if (rc == RC_OK) {
        *ret_pos = pos;
    }
    return rc;
}

/* The view of the tail names the number, so that only its rows are read. */
enum rc duck_read_tail(duckdb_connection conn, uint32_t *ret_folded,
                       uint64_t *ret_n_tail, struct why *why)
{
    int32_t folded = 0;
    enum rc rc =
        read_pair(conn,
                  "SELECT CAST(folded AS INTEGER), CAST((SELECT count(*) FROM "
                  "event_tail) AS UBIGINT) FROM toll_meta",
                  &folded, ret_n_tail, why);
    if (rc == RC_OK) {
        *ret_folded = (uint32_t)folded;
    }
    return rc;
}
