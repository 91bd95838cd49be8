#include "eval/scorecard_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pql {
namespace {

double WithinDoubles(double number) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  return std::clamp(number, -kLargest, kLargest);
}

// How many whole times `per` fits into the amount.
double WholeTimes(double amount, double per) {
  return WithinDoubles(std::max(0.0, std::floor(amount / per)));
}

}  // namespace

double PointsWhen(const ScorecardLine& line, bool condition) { return condition ? line.points : 0; }

double PointsPer(const ScorecardLine& line, double amount) {
  double points = WithinDoubles(std::fabs(line.points) * WholeTimes(amount, line.per));
  if (line.up_to.has_value()) points = std::min(points, *line.up_to);
  return std::copysign(points, line.points);
}

double SumOfPoints(double sum, double points) { return WithinDoubles(sum + points); }

double ScoreWithinBounds(const Scorecard& scorecard, double sum) {
  if (scorecard.cap.has_value()) sum = std::min(sum, *scorecard.cap);
  if (scorecard.floor.has_value()) sum = std::max(sum, *scorecard.floor);
  return sum + 0.0;
}

}  // namespace pql
