file(REMOVE_RECURSE
  "CMakeFiles/pql_parser.dir/ast_builder.cc.o"
  "CMakeFiles/pql_parser.dir/ast_builder.cc.o.d"
  "CMakeFiles/pql_parser.dir/characters.cc.o"
  "CMakeFiles/pql_parser.dir/characters.cc.o.d"
  "CMakeFiles/pql_parser.dir/comparison_builder.cc.o"
  "CMakeFiles/pql_parser.dir/comparison_builder.cc.o.d"
  "CMakeFiles/pql_parser.dir/deep_stack.cc.o"
  "CMakeFiles/pql_parser.dir/deep_stack.cc.o.d"
  "CMakeFiles/pql_parser.dir/expression_builder.cc.o"
  "CMakeFiles/pql_parser.dir/expression_builder.cc.o.d"
  "CMakeFiles/pql_parser.dir/frontend.cc.o"
  "CMakeFiles/pql_parser.dir/frontend.cc.o.d"
  "CMakeFiles/pql_parser.dir/literals.cc.o"
  "CMakeFiles/pql_parser.dir/literals.cc.o.d"
  "CMakeFiles/pql_parser.dir/parse_tree.cc.o"
  "CMakeFiles/pql_parser.dir/parse_tree.cc.o.d"
  "CMakeFiles/pql_parser.dir/repairs.cc.o"
  "CMakeFiles/pql_parser.dir/repairs.cc.o.d"
  "CMakeFiles/pql_parser.dir/rule_file_parser.cc.o"
  "CMakeFiles/pql_parser.dir/rule_file_parser.cc.o.d"
  "CMakeFiles/pql_parser.dir/segments.cc.o"
  "CMakeFiles/pql_parser.dir/segments.cc.o.d"
  "CMakeFiles/pql_parser.dir/syntax_errors.cc.o"
  "CMakeFiles/pql_parser.dir/syntax_errors.cc.o.d"
  "CMakeFiles/pql_parser.dir/token_class.cc.o"
  "CMakeFiles/pql_parser.dir/token_class.cc.o.d"
  "CMakeFiles/pql_parser.dir/token_habits.cc.o"
  "CMakeFiles/pql_parser.dir/token_habits.cc.o.d"
  "CMakeFiles/pql_parser.dir/tokenizer.cc.o"
  "CMakeFiles/pql_parser.dir/tokenizer.cc.o.d"
  "libpql_parser.a"
  "libpql_parser.pdb"
)

# Per-language clean rules from dependency scanning.
foreach(lang CXX)
  include(CMakeFiles/pql_parser.dir/cmake_clean_${lang}.cmake OPTIONAL)
endforeach()
