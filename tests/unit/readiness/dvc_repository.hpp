// A folder that looks like a DVC repository, with what DVC itself would have recorded, for tests without DVC.
#pragma once

#include <sys/stat.h>

#include "base/md5.hpp"
#include "bench.hpp"
#include "readiness/dvc_digest.hpp"

namespace retrain::test {

/// Sessions lie in data/, recorded by data.dvc; the cache holds them.
struct DvcBench : ReadinessBench {
  using Entries = std::vector<std::pair<std::string, std::string>>;

  DvcBench() {
    data.directory = folder / "data";
    data.dvc.mode = DvcMode::native;
    for (const char* name : {"a", "b", "c"})
      folder.write("data/" + std::string(name) + ".csv", "y,name\n1," + std::string(name) + "\n");
    folder.write(".dvc/config", "[core]\n    remote = r\n");
    folder.write(".dvcignore", "# Add patterns of files dvc should ignore\n\n");
    record_folder();
  }

  std::string cached(const std::string& digest) const {
    return ".dvc/cache/files/md5/" + digest.substr(0, 2) + "/" + digest.substr(2);
  }

  void put_into_cache(const std::string& bytes) const { folder.write(cached(base::md5(bytes)), bytes); }

  /// What `dvc add data` does; `more` goes into the output.
  void record_folder(const std::string& more = "  hash: md5\n") {
    Entries entries;
    std::string list = "[";
    for (const char* name : {"a.csv", "b.csv", "c.csv"}) {
      const std::string bytes = folder.read("data/" + std::string(name));
      put_into_cache(bytes);
      entries.emplace_back(name, base::md5(bytes));
      list += (list.size() > 1 ? ", " : "") + ("{\"md5\": \"" + base::md5(bytes)) + "\", \"relpath\": \"" + name + "\"}";
    }
    list += "]";
    md5 = readiness::folder_digest(entries);
    folder.write(cached(md5 + ".dir"), list);
    folder.write("data.dvc", "outs:\n- md5: " + md5 + ".dir\n  size: 33\n  nfiles: 3\n" + more + "  path: data\n");
  }

  DvcOutput only_output() const {
    const Readiness readiness = check();
    if (!readiness.dvc || readiness.dvc->outputs.size() != 1) throw std::runtime_error("not one output: " + readiness.reason);
    return readiness.dvc->outputs.front();
  }

  /// A program in place of dvc that prints `out` and `err`, and ends with `code`.
  void fake_program(const std::string& out, int code = 0, const std::string& err = "") {
    data.dvc.program = folder.write("bin/dvc", "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + folder.path() + "/arguments'\nenv > '" +
                                                   folder.path() + "/environment'\nprintf '%s' '" + out + "'\nprintf '%s' '" +
                                                   err + "' >&2\nexit " + std::to_string(code) + "\n");
    ::chmod(data.dvc.program.c_str(), 0755);
    data.dvc.mode = DvcMode::cli;
  }

  std::string md5;
};

}  // namespace retrain::test
