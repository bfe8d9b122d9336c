/* Compiler attributes under one set of names, so that no other file spells
 * a vendor's extension.  Pure macros, any thread. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define MUST_CHECK              __attribute__((warn_unused_result))
#define NORETURN                __attribute__((noreturn))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define UNUSED                  __attribute__((unused))
#define RETURNS_NONNULL         __attribute__((returns_nonnull))
#define FALLTHROUGH             __attribute__((fallthrough))
#define TARGET_ISA(isa)         __attribute__((target(isa)))

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))

#endif
