// Charts: data with axes around it, drawn on a canvas. Curves, filled areas, markers and bars over linear or logarithmic axes.
//
//     Chart chart;
//     chart.title = "Training";
//     chart.y.scale = Scale::logarithmic;
//     chart.curve("loss", {losses}, {.colour = palette[0]});
//     write_picture(chart.draw(720, 440), "loss.svg");
//
// What cannot be drawn (NaN, Inf, and what is not positive on a logarithmic axis) breaks a curve; it is counted, and the chart says so.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad::records {

struct Range {
  double low = 0, high = 1;
};

enum class Scale { linear, logarithmic };

struct Axis {
  std::string label{};
  Scale scale = Scale::linear;
  std::optional<Range> range{};  ///< none: that of the data. What lies outside is cut off at the frame.
};

/// Points that a chart could not show.
struct LeftOut {
  std::int64_t points = 0;  ///< of how many
  std::int64_t nan = 0, infinite = 0, not_positive = 0;
};

class Chart {
 public:
  std::string title, subtitle;
  std::vector<std::string> caption;  ///< lines below the chart
  Axis x, y;

  Chart() = default;
  Chart(std::string title_, std::string subtitle_, Axis x_, Axis y_)
      : title(std::move(title_)), subtitle(std::move(subtitle_)), x(std::move(x_)), y(std::move(y_)) {}

  /// Pieces of a line; between two pieces nothing is drawn. Marks with an empty label have no place in the legend.
  void curve(std::string label, std::vector<std::vector<Point>> pieces, Look look);
  /// What lies between a curve and the height `base`.
  void area(std::string label, std::vector<Point> top, double base, Look look);
  /// A disc at each point, or a ring.
  void markers(std::string label, std::vector<Point> points, double radius, Look look, bool ring = false);
  /// Bars from the height 0 to each point, `width` wide in units of x.
  void bars(std::string label, std::vector<Point> tops, double width, Look look);

  LeftOut left_out() const;

  /// The chart on a canvas of its own. Too small a canvas for all of it (below 200 x 150) is an Error.
  Canvas draw(double width, double height) const;

  enum class Kind { curve, area, markers, bars };
  struct Mark {
    Kind kind{};
    std::string label;
    std::vector<std::vector<Point>> pieces;
    Look look;
    double base = 0;
    double size = 0;  ///< radius of a marker, width of a bar
    bool ring = false;
  };

 private:
  std::vector<Mark> marks_;
};

}  // namespace seegrad::records
