// What is to be done for rule sets when nobody waits for it: a thread that makes them whole again
// after changes, and frees what nobody uses any more, which may take longer than a request has.
//
// Thread-safe.

#ifndef PQL_ENGINE_UPKEEP_H_
#define PQL_ENGINE_UPKEEP_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace pql {

class Upkeep {
 public:
  // `consolidate` is called on the thread, some time after each Wake.
  explicit Upkeep(std::function<void()> consolidate);
  // Waits for a call that is running.
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  void Wake();
  // Frees it on the thread when nobody else has it; so readers that have it as the last ones don't.
  void Retire(std::shared_ptr<const void> retired);

 private:
  void Work();
  // Those that nobody else has.
  std::vector<std::shared_ptr<const void>> TakeUnused();

  const std::function<void()> consolidate_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_wanted_ = false;
  bool stop_ = false;
  std::vector<std::shared_ptr<const void>> retired_;
  std::thread thread_;
};

}  // namespace pql

#endif  // PQL_ENGINE_UPKEEP_H_
