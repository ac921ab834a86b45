// Everything a host needs, in one include.
#pragma once

#include <retrain/backtest.hpp>
#include <retrain/config_file.hpp>
#include <retrain/json.hpp>
#include <retrain/pipeline.hpp>
#include <retrain/report.hpp>
#include <retrain/version.hpp>
