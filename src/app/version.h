/* The program's version; meson.build holds it. */
#ifndef APP_VERSION_H
#define APP_VERSION_H

#ifndef TOLL_VERSION
#error "TOLL_VERSION comes from meson.build"
#endif

#endif
