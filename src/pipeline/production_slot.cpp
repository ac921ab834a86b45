#include "production_slot.hpp"

namespace retrain::pipeline {

std::shared_ptr<const Model> ProductionSlot::get() const {
  for (;;) {
    const Cell* cell = current_.load();
    if (cell == nullptr) return nullptr;
    cell->readers.fetch_add(1);
    if (current_.load() == cell) {
      auto model = cell->model;
      cell->readers.fetch_sub(1);
      return model;
    }
    // A deployment came between: the cell may be emptied, so it must not be touched.
    cell->readers.fetch_sub(1);
  }
}

void ProductionSlot::set(std::shared_ptr<const Model> model) {
  const std::lock_guard lock(writers_);
  Cell* free = nullptr;
  for (Cell& cell : cells_) {
    if (&cell == current_.load() || cell.readers.load() != 0) continue;
    cell.model.reset();
    free = &cell;
  }
  if (free == nullptr) free = &cells_.emplace_back();
  free->model = std::move(model);
  current_.store(free);
  for (Cell& cell : cells_) {
    if (&cell != free && cell.readers.load() == 0) cell.model.reset();
  }
}

}  // namespace retrain::pipeline
