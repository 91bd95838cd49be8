# Every third-party package, from Debian 12 (tools/install_packages lists them).

set(CMAKE_THREAD_PREFER_PTHREAD ON)
find_package(Threads REQUIRED)
find_package(absl REQUIRED CONFIG)
find_package(Protobuf REQUIRED)  # module mode: Debian's own config file lacks the compiler
unset(re2_FOUND CACHE)  # set by pkg_check_modules below: on a second run gRPC would not look for re2
find_package(gRPC REQUIRED CONFIG)
find_package(antlr4-runtime REQUIRED CONFIG)
find_package(GTest REQUIRED CONFIG)
find_package(benchmark REQUIRED CONFIG)
find_package(CLI11 REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED CONFIG)
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(OpenSSL REQUIRED)
find_package(simdjson REQUIRED CONFIG)
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(libedit REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
find_library(PQL_LIBCSV csv REQUIRED)  # it has no configuration file of its own
add_library(pql_libcsv UNKNOWN IMPORTED)
set_target_properties(pql_libcsv PROPERTIES IMPORTED_LOCATION "${PQL_LIBCSV}")
find_program(PQL_ANTLR4 antlr4 REQUIRED)
