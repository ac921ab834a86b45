#include <doctest/doctest.h>

#include <sys/stat.h>

#include <thread>

#include "stored_model.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

std::size_t entries_of(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("a stored model comes back with its bytes and its description, and only its owner can read it") {
  const TemporaryFolder state;
  const auto store = make_model_store(state.path());
  const ModelArtifact artifact = make_artifact(std::string("bytes with \0 and \xff", 18));

  const std::string sha256 = store->put(artifact).value();

  CHECK(sha256 == base::sha256(artifact.bytes));
  const ModelArtifact read = store->get(sha256).value();
  CHECK(read.bytes == artifact.bytes);
  CHECK(read.description.name == "air-time");
  CHECK(read.description.categorical == artifact.description.categorical);
  CHECK(read.description.golden_rows[0].expected == std::vector<double>{0.1});
  CHECK(mode_of(state / "models") == 0700);
  CHECK(mode_of(state / ("models/" + sha256)) == 0700);
  CHECK(mode_of(state / ("models/" + sha256 + "/model.ubj")) == 0600);
  CHECK(mode_of(state / ("models/" + sha256 + "/model.json")) == 0600);
  CHECK(store->description_sha256(sha256).value() == base::sha256(state.read("models/" + sha256 + "/model.json")));
}

TEST_CASE("the same bytes again change nothing: the first description stays and no leftover is made") {
  const TemporaryFolder state;
  const auto store = make_model_store(state.path());
  ModelArtifact artifact = make_artifact("trees");
  const std::string first = store->put(artifact).value();
  artifact.description.mode = "warm";

  const std::string again = store->put(artifact).value();

  CHECK(again == first);
  CHECK(store->get(first).value().description.mode == "full");
  CHECK(entries_of(state / "models") == 1);
}

TEST_CASE("a model file with one flipped byte is corrupt, naming file and hashes, also when the model is put again") {
  const TemporaryFolder state;
  const auto store = make_model_store(state.path());
  const std::string sha256 = store->put(make_artifact("trees")).value();
  state.write("models/" + sha256 + "/model.ubj", "treEs");

  const Status read = store->get(sha256).status();

  CHECK(read.code() == StatusCode::corrupt);
  CHECK(read.message() == "models/" + sha256 + "/model.ubj has hash " + base::sha256("treEs") + ", registered as " + sha256);
  CHECK(store->put(make_artifact("trees")).status().code() == StatusCode::corrupt);
  CHECK(state.read("models/" + sha256 + "/model.ubj") == "treEs");
}

TEST_CASE("a damaged description is corrupt and its hash is another one") {
  const TemporaryFolder state;
  const auto store = make_model_store(state.path());
  const std::string sha256 = store->put(make_artifact("trees")).value();
  const std::string before = store->description_sha256(sha256).value();
  state.write("models/" + sha256 + "/model.json", "{\"name\":");

  const Status read = store->get(sha256).status();

  CHECK(read.code() == StatusCode::corrupt);
  CHECK(read.message().starts_with("models/" + sha256 + "/model.json: "));
  CHECK(store->description_sha256(sha256).value() != before);
}

TEST_CASE("a hash that nobody stored is not found, and what is no hash never becomes a path") {
  const TemporaryFolder state;
  const auto store = make_model_store(state.path());

  CHECK(store->get(std::string(64, 'a')).status().code() == StatusCode::not_found);
  CHECK(store->description_sha256(std::string(64, 'a')).status().code() == StatusCode::not_found);
  for (const std::string& hostile : {std::string(), std::string("../../etc/passwd"), std::string(64, 'A'), std::string(63, 'a'),
                                     std::string(65, 'a'), std::string(32, '.') + std::string(32, '/'), std::string(64, '\0')}) {
    CAPTURE(hostile);
    CHECK(store->get(hostile).status().code() == StatusCode::invalid_argument);
    CHECK(store->description_sha256(hostile).status().code() == StatusCode::invalid_argument);
  }
}

TEST_CASE("a model of no bytes is refused") {
  const TemporaryFolder state;

  CHECK(make_model_store(state.path())->put(make_artifact("")).status().code() == StatusCode::invalid_argument);
}

TEST_CASE("a model file that is a link is not followed") {
  const TemporaryFolder state;
  const auto store = make_model_store(state.path());
  const std::string sha256 = store->put(make_artifact("trees")).value();
  const std::string elsewhere = state.write("elsewhere", "trees");
  std::filesystem::remove(state / ("models/" + sha256 + "/model.ubj"));
  std::filesystem::create_symlink(elsewhere, state / ("models/" + sha256 + "/model.ubj"));

  CHECK(store->get(sha256).status().code() == StatusCode::invalid_argument);
}

TEST_CASE("a folder that cannot be written gives the failure and leaves nothing") {
  const TemporaryFolder state;
  state.write("models", "a file stands where the folder should");

  CHECK(make_model_store(state.path())->put(make_artifact("trees")).status().code() == StatusCode::invalid_argument);
  CHECK(make_model_store(state / "nowhere")->put(make_artifact("trees")).status().code() == StatusCode::not_found);
}

TEST_CASE("stores that put the same models at the same time, while others sweep, all succeed and leave only the models") {
  const TemporaryFolder state;
  std::vector<int> failures(4, 0);
  {
    std::vector<std::jthread> writers;
    for (int& count : failures) {
      writers.emplace_back([&] {
        const auto store = make_model_store(state.path());
        for (int i = 0; i < 10; ++i) {
          if (!store->put(make_artifact("trees " + std::to_string(i)))) ++count;
          if (!store->sweep()) ++count;
        }
      });
    }
  }

  CHECK(failures == std::vector<int>(4, 0));
  CHECK(entries_of(state / "models") == 10);
}
