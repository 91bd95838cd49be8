// A vector of elements that copies of it share: copying it copies pointers, so that two versions of
// something large, of which little differs, have the rest in common.
//
// Reads like a std::vector of const elements.  An element is filled in through Edit before the list
// is copied, and never again.  Thread-compatible.

#ifndef PQL_BASE_SHARED_LIST_H_
#define PQL_BASE_SHARED_LIST_H_

#include <algorithm>
#include <compare>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace pql {

template <typename T>
class SharedList {
 public:
  using Handle = std::shared_ptr<const T>;

  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    explicit Iterator(const Handle* at) : at_(at) {}

    const T& operator*() const { return **at_; }
    const T* operator->() const { return at_->get(); }
    const T& operator[](difference_type offset) const { return *at_[offset]; }
    Iterator& operator++() { return *this += 1; }
    Iterator& operator--() { return *this += -1; }
    Iterator operator++(int) { return Iterator(at_++); }
    Iterator operator--(int) { return Iterator(at_--); }
    Iterator& operator+=(difference_type offset) {
      at_ += offset;
      return *this;
    }
    Iterator& operator-=(difference_type offset) { return *this += -offset; }
    friend Iterator operator+(Iterator a, difference_type offset) { return a += offset; }
    friend Iterator operator+(difference_type offset, Iterator a) { return a += offset; }
    friend Iterator operator-(Iterator a, difference_type offset) { return a -= offset; }
    friend difference_type operator-(Iterator a, Iterator b) { return a.at_ - b.at_; }
    friend bool operator==(Iterator, Iterator) = default;
    friend auto operator<=>(Iterator, Iterator) = default;

   private:
    const Handle* at_ = nullptr;
  };

  size_t size() const { return elements_.size(); }
  bool empty() const { return elements_.empty(); }
  const T& operator[](size_t i) const { return *elements_[i]; }
  const T& back() const { return *elements_.back(); }
  Iterator begin() const { return Iterator(elements_.data()); }
  Iterator end() const { return Iterator(elements_.data() + elements_.size()); }
  friend bool operator==(const SharedList& a, const SharedList& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

  void reserve(size_t size) { elements_.reserve(size); }
  void push_back(T element) { elements_.push_back(std::make_shared<T>(std::move(element))); }
  // REQUIRES: no copy of the list has the element.
  T& Edit(size_t i) { return const_cast<T&>(*elements_[i]); }
  // The element as a copy that no other list has.
  T& Own(size_t i) {
    if (elements_[i].use_count() > 1) elements_[i] = std::make_shared<T>(*elements_[i]);
    return Edit(i);
  }
  void pop_back() { elements_.pop_back(); }
  T& emplace_back() {
    elements_.push_back(std::make_shared<T>());
    return Edit(size() - 1);
  }

  // The elements as they are shared.
  const std::vector<Handle>& handles() const { return elements_; }
  std::vector<Handle>& handles() { return elements_; }
  // Whether the two have the very same elements.
  bool IsSameAs(const SharedList& other) const { return elements_ == other.elements_; }

 private:
  std::vector<Handle> elements_;
};

}  // namespace pql

#endif  // PQL_BASE_SHARED_LIST_H_
