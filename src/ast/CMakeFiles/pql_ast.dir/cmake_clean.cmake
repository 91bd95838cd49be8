file(REMOVE_RECURSE
  "CMakeFiles/pql_ast.dir/dump.cc.o"
  "CMakeFiles/pql_ast.dir/dump.cc.o.d"
  "CMakeFiles/pql_ast.dir/expression.cc.o"
  "CMakeFiles/pql_ast.dir/expression.cc.o.d"
  "CMakeFiles/pql_ast.dir/rule_file.cc.o"
  "CMakeFiles/pql_ast.dir/rule_file.cc.o.d"
  "libpql_ast.a"
  "libpql_ast.pdb"
)

# Per-language clean rules from dependency scanning.
foreach(lang CXX)
  include(CMakeFiles/pql_ast.dir/cmake_clean_${lang}.cmake OPTIONAL)
endforeach()
