# Every third party, in one table: package, least version, why.
#
#   OpenSSL         3.0    SHA-256, HMAC
#   CURL            7.85   webhooks and MLflow; the room http is all that sees it
#   nlohmann_json   3.11   records as JSON; never in a public header
#   SQLite3         3.40   the durable state
#   yaml-cpp        0.7    the configuration file
#   Boost           1.74   Boost.Math, headers only: Student's t, its non-central form
#   Eigen3          3.4    small matrices of the statistics, headers only
#   date            3.0    time zones (Howard Hinnant's date/tz), reading the system's zone files
#   CLI11           2.1    the command line
#   doctest         2.4    tests only
#
# XGBoost is not linked: the trainer finds it at run time.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(CURL 7.85 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(Eigen3 3.4 REQUIRED)
find_package(date REQUIRED)
find_package(CLI11 2.1 REQUIRED)
if(RETRAIN_BUILD_TESTS)
  find_package(doctest 2.4 REQUIRED)
endif()
