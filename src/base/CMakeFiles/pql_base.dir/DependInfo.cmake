
# Consider dependencies only in project.
set(CMAKE_DEPENDS_IN_PROJECT_ONLY OFF)

# The set of languages for which implicit dependencies are needed:
set(CMAKE_DEPENDS_LANGUAGES
  )

# The set of dependency files which are needed:
set(CMAKE_DEPENDS_DEPENDENCY_FILES
  "/tmp/h3/scratch/src/base/clock.cc" "src/base/CMakeFiles/pql_base.dir/clock.cc.o" "gcc" "src/base/CMakeFiles/pql_base.dir/clock.cc.o.d"
  "/tmp/h3/scratch/src/base/file_system.cc" "src/base/CMakeFiles/pql_base.dir/file_system.cc.o" "gcc" "src/base/CMakeFiles/pql_base.dir/file_system.cc.o.d"
  "/tmp/h3/scratch/src/base/number_text.cc" "src/base/CMakeFiles/pql_base.dir/number_text.cc.o" "gcc" "src/base/CMakeFiles/pql_base.dir/number_text.cc.o.d"
  "/tmp/h3/scratch/src/base/strings.cc" "src/base/CMakeFiles/pql_base.dir/strings.cc.o" "gcc" "src/base/CMakeFiles/pql_base.dir/strings.cc.o.d"
  "/tmp/h3/scratch/src/base/time_text.cc" "src/base/CMakeFiles/pql_base.dir/time_text.cc.o" "gcc" "src/base/CMakeFiles/pql_base.dir/time_text.cc.o.d"
  "/tmp/h3/scratch/src/base/unicode.cc" "src/base/CMakeFiles/pql_base.dir/unicode.cc.o" "gcc" "src/base/CMakeFiles/pql_base.dir/unicode.cc.o.d"
  "/tmp/h3/scratch/src/base/unicode_identifier.cc" "src/base/CMakeFiles/pql_base.dir/unicode_identifier.cc.o" "gcc" "src/base/CMakeFiles/pql_base.dir/unicode_identifier.cc.o.d"
  )

# Targets to which this target links.
set(CMAKE_TARGET_LINKED_INFO_FILES
  )

# Fortran module output directory.
set(CMAKE_Fortran_TARGET_MODULE_DIR "")
