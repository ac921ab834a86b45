#include "pipeline/production_slot.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace retrain;
using retrain::pipeline::ProductionSlot;

namespace {

/// A model that knows its number and whether it is still alive.
class NumberedModel final : public Model {
 public:
  NumberedModel(int number, std::atomic<int>& alive) : number_(number), alive_(alive) { ++alive_; }
  ~NumberedModel() override { --alive_; }
  Result<std::vector<double>> predict(const Frame&) const override { return std::vector<double>{double(number_)}; }
  Result<ModelArtifact> save() const override { return ModelArtifact{}; }
  const ModelDescription& description() const override { return description_; }

 private:
  int number_;
  std::atomic<int>& alive_;
  ModelDescription description_;
};

}  // namespace

TEST_CASE("an empty slot gives no model") {
  CHECK(ProductionSlot().get() == nullptr);
}

TEST_CASE("readers see whole models in order while a thousand deployments pass, and old models go") {
  std::atomic<int> alive{0};
  {
    ProductionSlot slot;
    slot.set(std::make_shared<NumberedModel>(0, alive));
    std::atomic<bool> over{false};
    std::atomic<int> backwards{0};
    std::vector<std::thread> readers;
    for (int r = 0; r < 4; ++r) {
      readers.emplace_back([&] {
        double newest = 0;
        while (!over.load()) {
          const auto model = slot.get();
          const double number = model->predict({})->front();
          if (number < newest) ++backwards;
          newest = number;
        }
      });
    }

    for (int number = 1; number <= 1000; ++number) slot.set(std::make_shared<NumberedModel>(number, alive));
    over = true;
    for (auto& reader : readers) reader.join();
    slot.set(std::make_shared<NumberedModel>(1001, alive));

    CHECK(backwards == 0);
    CHECK(alive == 1);
    CHECK(slot.get()->predict({})->front() == 1001);
  }
  CHECK(alive == 0);
}
