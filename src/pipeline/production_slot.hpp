// ProductionSlot: the model that serves. Readers never wait: not for a deployment, not for each other.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <retrain/model.hpp>

namespace retrain::pipeline {

/// A reader announces itself on a cell, looks again whether the cell is still the current one, and only then copies its pointer.
/// A writer publishes a new cell by one store and empties old cells that no reader has announced itself on; cells are reused,
/// never freed while this object lives. Both sides use sequentially consistent operations: of a reader's announcement and a
/// writer's store, one sees the other.
class ProductionSlot {
 public:
  std::shared_ptr<const Model> get() const;
  void set(std::shared_ptr<const Model> model);

 private:
  struct Cell {
    std::shared_ptr<const Model> model;
    mutable std::atomic<int> readers{0};
  };
  std::atomic<Cell*> current_{nullptr};
  std::mutex writers_;
  std::deque<Cell> cells_;
};

}  // namespace retrain::pipeline
