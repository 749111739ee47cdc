#include "seegrad/record/activation_picture.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "data/temporary_folder.hpp"
#include "seegrad/record/run_folder.hpp"
#include "support/png.hpp"
#include "support/xml.hpp"

using namespace seegrad;
using namespace seegrad::records;

namespace {

std::vector<std::string> texts_of(const Canvas& canvas) {
  std::vector<std::string> texts;
  for (const Canvas::Item& item : canvas.items())
    if (const auto* text = std::get_if<Canvas::Text>(&item)) texts.push_back(text->text);
  return texts;
}

bool says(const Canvas& canvas, const std::string& what) {
  for (const std::string& text : texts_of(canvas))
    if (text.find(what) != std::string::npos) return true;
  return false;
}

/// A gap, and on its right what oscillates.
struct Awkward {
  static constexpr std::string_view name = "awkward_for_pictures", mathematics = "x*x for x < -1, NaN up to 1, then sin(40*x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    const T gap = T(0) / T(0);
    return select(x < T(-1), x * x, select(x < T(1), gap, sin(T(40) * x)));
  }
};

}  // namespace

TEST_CASE("every activation has a picture, as SVG and as PNG", "[record][picture]") {
  const test::TemporaryFolder folder;
  for (const Activation& activation : Activation::all()) {
    INFO(activation.to_string());
    const Canvas canvas = activation_picture(activation);
    CHECK(canvas.title() == activation.to_string());
    CHECK(texts_of(canvas).front() == activation.to_string());
    CHECK(says(canvas, "gain"));
    const std::string name = file_name_of(activation.to_string());
    write_picture(canvas, folder / (name + ".svg"));
    const auto svg = test::read_bytes(folder / (name + ".svg"));
    CHECK(test::xml_fault({reinterpret_cast<const char*>(svg.data()), svg.size()}).empty());
    CHECK(svg.size() < 100'000);
    const std::string png = canvas.png(1);  // at half the usual size: the same work on fewer pixels
    const test::Image image = test::decoded_png(png);
    CHECK((image.width == int(canvas.width()) && image.height == int(canvas.height())));
  }
  write_picture(activation_picture(Activation::parse("gelu")), folder / "gelu.png");
  const auto bytes = test::read_bytes(folder / "gelu.png");
  CHECK(test::decoded_png({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).width == 1440);
}

TEST_CASE("no line of an activation's picture leaps over a jump", "[record][picture]") {
  // Samples are less than half a pixel apart. A line over a jump goes up by many pixels from one to the next; none of these activations
  // is nearly as steep.
  for (const Activation& activation : Activation::all()) {
    INFO(activation.to_string());
    const Canvas canvas = activation_picture(activation);
    for (const Canvas::Item& item : canvas.items()) {
      const auto* line = std::get_if<Canvas::Line>(&item);
      if (line == nullptr || line->look.width < 2) continue;  // the grid
      for (std::size_t i = 1; i < line->points.size(); ++i) {
        const double across = std::fabs(line->points[i].x - line->points[i - 1].x),
                     up = std::fabs(line->points[i].y - line->points[i - 1].y);
        CHECK(!(across < 0.6 && up > 20));
      }
    }
  }
}

TEST_CASE("pictures name the kinks of activations that are known for theirs", "[record][picture]") {
  const auto sentence = [](const char* name) { return texts_of(activation_picture(Activation::parse(name))).back(); };
  CHECK(sentence("relu") == "f′ jumps at 0");
  CHECK(sentence("step") == "f jumps at 0");
  CHECK(sentence("sign") == "f jumps at 0");
  CHECK(sentence("elu") == "f″ jumps at 0");
  CHECK(sentence("selu") == "f′ jumps at 0; f″ jumps at 0");
  for (const char* smooth : {"identity", "gelu", "gelu_tanh", "silu", "mish", "tanh", "sigmoid", "softplus", "softplus(200)"})
    CHECK(sentence(smooth) == "neither f nor f′ nor f″ jumps");
}

TEST_CASE("the numbers below a picture are the known ones", "[record][picture]") {
  // relu: 1/sqrt(2 pi), 1/2, sqrt(2); selu: the fixed point (0, 1) it was made for.
  CHECK(says(activation_picture(Activation::parse("relu")), "mean E f = 0.399, second moment E f² = 0.5, gain 1/√(E f′²) = 1.41"));
  CHECK(says(activation_picture(Activation::parse("selu")), "mean E f = 0, second moment E f² = 1,"));
  CHECK(says(activation_picture(Activation::parse("step")), "gain 1/√(E f′²) = ∞"));
}

TEST_CASE("a jump shows its value as a disc and its limits as rings", "[record][picture]") {
  int discs = 0, rings = 0;
  const Canvas canvas = activation_picture(Activation::parse("sign"));
  for (const Canvas::Item& item : canvas.items()) {
    const auto* circle = std::get_if<Canvas::Circle>(&item);
    if (circle == nullptr) continue;
    (circle->inside ? rings : discs) += 1;
  }
  CHECK((discs == 1 && rings == 2));
}

TEST_CASE("the range of x follows the activation", "[record][picture]") {
  const auto reaches = [](const char* name, const char* label) {
    const Canvas canvas = activation_picture(Activation::parse(name));
    for (const std::string& text : texts_of(canvas))
      if (text == label) return true;
    return false;
  };
  CHECK((reaches("gelu", "6") && reaches("gelu", "−6") && !reaches("gelu", "8")));
  CHECK((reaches("softplus(0.1)", "−60") && reaches("softplus(0.1)", "60")));
}

TEST_CASE("a function with a gap is drawn where it is finite and says what is missing", "[record][picture]") {
  const Canvas canvas = activation_picture(Activation(formula_of<Awkward>()));
  CHECK(says(canvas, "NaN"));
  CHECK(says(canvas, "left out of"));
  CHECK(test::xml_fault(canvas.svg()).empty());
  CHECK_NOTHROW(test::decoded_png(canvas.png(1)));
}
