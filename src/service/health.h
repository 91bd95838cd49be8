// Whether the server and its services take calls: told by whoever knows, followed by whoever
// watches.  Thread-safe.

#ifndef PQL_SERVICE_HEALTH_H_
#define PQL_SERVICE_HEALTH_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace pql {

class Health {
 public:
  class Watcher {
   public:
    // Nothing: nobody has told of the service.  On the thread that changed it; must not call
    // Health.
    virtual void Tell(std::optional<bool> serving) = 0;

   protected:
    ~Watcher() = default;
  };

  // `service`: "pql.v1.RuleService"; empty: the server as a whole.
  void Set(std::string_view service, bool serving);
  std::optional<bool> Find(std::string_view service) const;
  // Tells the watcher at once, and of every change until Remove has returned.
  void Watch(const std::string& service, Watcher* watcher);
  // Also of one that does not watch.
  void Remove(Watcher* watcher);

 private:
  std::optional<bool> FindLocked(std::string_view service) const;

  mutable std::mutex mutex_;
  std::map<std::string, bool, std::less<>> serving_;
  std::map<Watcher*, std::string> watchers_;  // and what each watches
};

}  // namespace pql

#endif  // PQL_SERVICE_HEALTH_H_
