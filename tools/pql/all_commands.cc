#include "tools/pql/commands.h"

namespace pql {

CommandList AllCommands() {
  CommandList commands;
  commands.push_back(MakeNewCommand());
  commands.push_back(MakeLintCommand());
  commands.push_back(MakeFmtCommand());
  commands.push_back(MakeTestCommand());
  commands.push_back(MakeEvalCommand());
  commands.push_back(MakeSchemaCommand());
  commands.push_back(MakeConvertCommand());
  return commands;
}

}  // namespace pql
