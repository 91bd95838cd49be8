// The same conditions as Lua functions under LuaJIT: hot, called from C++ for one account, as a
// program that embeds it would; cold, in a loop of its own, where its compiler is at its best.

#include <cstdlib>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

constexpr std::string_view kLuaR2 = "a.messages >= 2000 and a.channels > 2";
constexpr std::string_view kLuaR10 =
    "a.messages >= 2000 and a.channels > 2 and a.dau_wau > 0.4 and plans[a.plan] == true and "
    "countries[a.country] == true and not (a.industry == 'education') and (a.integrations >= 2 or "
    "a.is_trial) and a.email_domain ~= 'gmail.com' and a.days_since_signup <= 90";

class Lua {
 public:
  explicit Lua(std::string_view condition) : lua_(luaL_newstate()) {
    luaL_openlibs(lua_);
    Do(
        StrCat("plans = {free = true, trial = true, starter = true}\n"
               "countries = {US = true, GB = true, CA = true, FR = true, DE = true}\n"
               "local plans, countries = plans, countries\n"
               "function lead(a) return ",
               condition,
               " end\n"
               "accounts = {}\n"
               "function count(from, to)\n"
               "  local n, lead, accounts = 0, lead, accounts\n"
               "  for i = from, to do if lead(accounts[i]) then n = n + 1 end end\n"
               "  return n\n"
               "end"));
  }
  ~Lua() { lua_close(lua_); }
  Lua(const Lua&) = delete;
  Lua& operator=(const Lua&) = delete;

  // Pushes the account as a table.
  void Push(const LeadAccount& lead) {
    lua_createtable(lua_, 0, 10);
    SetNumber("messages", lead.messages);
    SetNumber("channels", lead.channels);
    SetNumber("dau_wau", lead.dau_wau);
    SetText("plan", lead.plan);
    SetText("country", lead.country);
    SetText("industry", lead.industry);
    SetNumber("integrations", lead.integrations);
    lua_pushboolean(lua_, lead.is_trial ? 1 : 0);
    lua_setfield(lua_, -2, "is_trial");
    SetText("email_domain", lead.email_domain);
    SetNumber("days_since_signup", lead.days_since_signup);
  }
  lua_State* get() { return lua_; }

 private:
  void Do(const std::string& code) {
    if (luaL_dostring(lua_, code.c_str()) != 0) std::abort();
  }
  void SetNumber(const char* name, double number) {
    lua_pushnumber(lua_, number);
    lua_setfield(lua_, -2, name);
  }
  void SetText(const char* name, std::string_view text) {
    lua_pushlstring(lua_, text.data(), text.size());
    lua_setfield(lua_, -2, name);
  }

  lua_State* lua_;
};

void Hot(State& state, std::string_view condition) {
  Lua lua(condition);
  lua_State* l = lua.get();
  lua_getglobal(l, "lead");
  lua.Push(HotLead());
  for (auto _ : state) {
    lua_pushvalue(l, 1);
    lua_pushvalue(l, 2);
    lua_call(l, 1, 1);
    benchmark::DoNotOptimize(lua_toboolean(l, -1));
    lua_pop(l, 1);
  }
}

void Cold(State& state, std::string_view condition) {
  Lua lua(condition);
  lua_State* l = lua.get();
  lua_getglobal(l, "accounts");
  for (size_t i = 0; i < kColdLeads; ++i) {
    lua.Push(ColdLeads()[i]);
    lua_rawseti(l, 1, static_cast<int>(i) + 1);
  }
  constexpr int kBatch = 1'024;
  int from = 1;
  while (state.KeepRunningBatch(kBatch)) {
    lua_getglobal(l, "count");
    lua_pushinteger(l, from);
    lua_pushinteger(l, from + kBatch - 1);
    lua_call(l, 2, 1);
    benchmark::DoNotOptimize(lua_tointeger(l, -1));
    lua_pop(l, 1);
    from = (from + kBatch - 1) % static_cast<int>(kColdLeads) + 1;
  }
}

}  // namespace

void RegisterLuaJitBenchmarks() {
  ::benchmark::RegisterBenchmark("R2/hot/LuaJIT", [](State& state) { Hot(state, kLuaR2); });
  ::benchmark::RegisterBenchmark("R10/hot/LuaJIT", [](State& state) { Hot(state, kLuaR10); });
  ::benchmark::RegisterBenchmark("R2/cold/LuaJIT", [](State& state) { Cold(state, kLuaR2); });
  ::benchmark::RegisterBenchmark("R10/cold/LuaJIT", [](State& state) { Cold(state, kLuaR10); });
}

}  // namespace pql::bench
