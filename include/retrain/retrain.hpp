// Everything a host needs, in one include.
#pragma once

#include <retrain/alpha_levels.hpp>
#include <retrain/anytime.hpp>
#include <retrain/backtest.hpp>
#include <retrain/config_file.hpp>
#include <retrain/evaluation_csv.hpp>
#include <retrain/infer_columns.hpp>
#include <retrain/json.hpp>
#include <retrain/judgement.hpp>
#include <retrain/margins.hpp>
#include <retrain/paired_stream.hpp>
#include <retrain/paired_tests.hpp>
#include <retrain/pipeline.hpp>
#include <retrain/report.hpp>
#include <retrain/version.hpp>
