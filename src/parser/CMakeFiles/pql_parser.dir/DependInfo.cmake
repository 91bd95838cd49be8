
# Consider dependencies only in project.
set(CMAKE_DEPENDS_IN_PROJECT_ONLY OFF)

# The set of languages for which implicit dependencies are needed:
set(CMAKE_DEPENDS_LANGUAGES
  )

# The set of dependency files which are needed:
set(CMAKE_DEPENDS_DEPENDENCY_FILES
  "/tmp/h3/scratch/src/parser/ast_builder.cc" "src/parser/CMakeFiles/pql_parser.dir/ast_builder.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/ast_builder.cc.o.d"
  "/tmp/h3/scratch/src/parser/characters.cc" "src/parser/CMakeFiles/pql_parser.dir/characters.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/characters.cc.o.d"
  "/tmp/h3/scratch/src/parser/comparison_builder.cc" "src/parser/CMakeFiles/pql_parser.dir/comparison_builder.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/comparison_builder.cc.o.d"
  "/tmp/h3/scratch/src/parser/deep_stack.cc" "src/parser/CMakeFiles/pql_parser.dir/deep_stack.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/deep_stack.cc.o.d"
  "/tmp/h3/scratch/src/parser/expression_builder.cc" "src/parser/CMakeFiles/pql_parser.dir/expression_builder.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/expression_builder.cc.o.d"
  "/tmp/h3/scratch/src/parser/frontend.cc" "src/parser/CMakeFiles/pql_parser.dir/frontend.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/frontend.cc.o.d"
  "/tmp/h3/scratch/src/parser/literals.cc" "src/parser/CMakeFiles/pql_parser.dir/literals.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/literals.cc.o.d"
  "/tmp/h3/scratch/src/parser/parse_tree.cc" "src/parser/CMakeFiles/pql_parser.dir/parse_tree.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/parse_tree.cc.o.d"
  "/tmp/h3/scratch/src/parser/repairs.cc" "src/parser/CMakeFiles/pql_parser.dir/repairs.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/repairs.cc.o.d"
  "/tmp/h3/scratch/src/parser/rule_file_parser.cc" "src/parser/CMakeFiles/pql_parser.dir/rule_file_parser.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/rule_file_parser.cc.o.d"
  "/tmp/h3/scratch/src/parser/segments.cc" "src/parser/CMakeFiles/pql_parser.dir/segments.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/segments.cc.o.d"
  "/tmp/h3/scratch/src/parser/syntax_errors.cc" "src/parser/CMakeFiles/pql_parser.dir/syntax_errors.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/syntax_errors.cc.o.d"
  "/tmp/h3/scratch/src/parser/token_class.cc" "src/parser/CMakeFiles/pql_parser.dir/token_class.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/token_class.cc.o.d"
  "/tmp/h3/scratch/src/parser/token_habits.cc" "src/parser/CMakeFiles/pql_parser.dir/token_habits.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/token_habits.cc.o.d"
  "/tmp/h3/scratch/src/parser/tokenizer.cc" "src/parser/CMakeFiles/pql_parser.dir/tokenizer.cc.o" "gcc" "src/parser/CMakeFiles/pql_parser.dir/tokenizer.cc.o.d"
  )

# Targets to which this target links.
set(CMAKE_TARGET_LINKED_INFO_FILES
  "/tmp/h3/scratch/src/ast/CMakeFiles/pql_ast.dir/DependInfo.cmake"
  "/tmp/h3/scratch/src/diagnostics/CMakeFiles/pql_diagnostics.dir/DependInfo.cmake"
  "/tmp/h3/scratch/src/base/CMakeFiles/pql_base.dir/DependInfo.cmake"
  "/tmp/h3/scratch/src/parser/CMakeFiles/pql_grammar.dir/DependInfo.cmake"
  )

# Fortran module output directory.
set(CMAKE_Fortran_TARGET_MODULE_DIR "")
