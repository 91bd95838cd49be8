
# Consider dependencies only in project.
set(CMAKE_DEPENDS_IN_PROJECT_ONLY OFF)

# The set of languages for which implicit dependencies are needed:
set(CMAKE_DEPENDS_LANGUAGES
  )

# The set of dependency files which are needed:
set(CMAKE_DEPENDS_DEPENDENCY_FILES
  "/tmp/h3/scratch/src/ast/dump.cc" "src/ast/CMakeFiles/pql_ast.dir/dump.cc.o" "gcc" "src/ast/CMakeFiles/pql_ast.dir/dump.cc.o.d"
  "/tmp/h3/scratch/src/ast/expression.cc" "src/ast/CMakeFiles/pql_ast.dir/expression.cc.o" "gcc" "src/ast/CMakeFiles/pql_ast.dir/expression.cc.o.d"
  "/tmp/h3/scratch/src/ast/rule_file.cc" "src/ast/CMakeFiles/pql_ast.dir/rule_file.cc.o" "gcc" "src/ast/CMakeFiles/pql_ast.dir/rule_file.cc.o.d"
  )

# Targets to which this target links.
set(CMAKE_TARGET_LINKED_INFO_FILES
  "/tmp/h3/scratch/src/diagnostics/CMakeFiles/pql_diagnostics.dir/DependInfo.cmake"
  "/tmp/h3/scratch/src/base/CMakeFiles/pql_base.dir/DependInfo.cmake"
  )

# Fortran module output directory.
set(CMAKE_Fortran_TARGET_MODULE_DIR "")
