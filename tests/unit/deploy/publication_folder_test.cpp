#include <doctest/doctest.h>

#include "deploy/publication_folder.hpp"
#include "stored_model.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace retrain::test;

TEST_CASE("a sweep removes what an interrupted write left, and nothing else") {
  const TemporaryFolder state;
  const auto store = make_model_store(state.path());
  CHECK(store->sweep().value() == 0);  // there is no folder yet
  const std::string sha256 = store->put(make_artifact("trees")).value();
  state.write("models/.tmp-abc123/model.ubj", "half");
  state.write("models/.tmp-def456/.tmp-1-2", "less");
  state.write("models/.tmp-file", "odd");
  state.write("models/notes.txt", "somebody's");

  CHECK(store->sweep().value() == 3);

  CHECK(store->get(sha256).ok());
  CHECK(state.read("models/notes.txt") == "somebody's");
  CHECK_FALSE(std::filesystem::exists(state / "models/.tmp-abc123"));
  CHECK(store->sweep().value() == 0);
}

TEST_CASE("a sweep leaves alone what is being written, and does not follow links") {
  const TemporaryFolder state;
  std::filesystem::create_directory(state / "models");
  const std::string precious = state.write("precious/file", "kept");
  std::filesystem::create_directory_symlink(state / "precious", state / "models/.tmp-link");
  {
    const auto writing = deploy::PublicationFolder::create(state / "models").value();

    CHECK(make_model_store(state.path())->sweep().value() == 1);

    CHECK(std::filesystem::exists(writing.path()));
  }
  CHECK(state.read("precious/file") == "kept");
  CHECK(std::filesystem::is_empty(state / "models"));
}
