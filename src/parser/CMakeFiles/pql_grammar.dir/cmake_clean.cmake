file(REMOVE_RECURSE
  "CMakeFiles/pql_grammar.dir/generated/PqlLexer.cpp.o"
  "CMakeFiles/pql_grammar.dir/generated/PqlLexer.cpp.o.d"
  "CMakeFiles/pql_grammar.dir/generated/PqlParser.cpp.o"
  "CMakeFiles/pql_grammar.dir/generated/PqlParser.cpp.o.d"
  "generated/PqlLexer.cpp"
  "generated/PqlLexer.h"
  "generated/PqlParser.cpp"
  "generated/PqlParser.h"
  "libpql_grammar.a"
  "libpql_grammar.pdb"
)

# Per-language clean rules from dependency scanning.
foreach(lang CXX)
  include(CMakeFiles/pql_grammar.dir/cmake_clean_${lang}.cmake OPTIONAL)
endforeach()
