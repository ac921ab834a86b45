// The style sheet of every page.
#pragma once

namespace retrain::report {

inline constexpr const char* page_style = R"css(
:root{color-scheme:light dark;--paper:#fbfbf9;--card:#fff;--ink:#1f2328;--soft:#5c6570;--faint:#8b939c;--line:#e3e4e0;--grid:#ecedea;
--pipeline:#0b62b8;--frozen:#c4570f;--always:#1a8a66;--good:#1a7f4b;--bad:#c0362c;--warn:#a86400;--calm:#5c6570}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1b1f23;--ink:#e4e7ea;--soft:#a3abb4;--faint:#79828b;--line:#2c3238;
--grid:#262b30;--pipeline:#63aef2;--frozen:#ef9553;--always:#4fc79d;--good:#56c98a;--bad:#f0857b;--warn:#e0ad55;--calm:#a3abb4}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.01em;margin:0 0 6px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:18px;margin:44px 0 12px;font-weight:650}
p{margin:0 0 12px;max-width:72ch}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.sub{color:var(--soft);margin-bottom:24px}
.lead{font-size:17px;line-height:1.5}
.note{color:var(--soft);font-size:13.5px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px}
.tiles{display:grid;grid-template-columns:repeat(3,1fr);gap:14px;margin:24px 0}
.tile{border-top:3px solid var(--tone)}
.tile .name{color:var(--soft);font-size:13.5px}
.tile .value{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums;margin:2px 0}
.pipeline{--tone:var(--pipeline)}.frozen{--tone:var(--frozen)}.always{--tone:var(--always)}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:0 0 12px;padding:0;list-style:none;font-size:13.5px;color:var(--soft)}
.legend svg{width:26px;height:10px;vertical-align:0;margin-right:7px}
.chart div>svg{display:block;width:100%;height:auto}
.narrow{display:none}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
svg .strong{font-weight:600;fill:var(--tone)}
.grid{stroke:var(--grid);fill:none}.axis{stroke:var(--line);fill:none}
.curve{fill:none;stroke:var(--tone);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.curve.pipeline{stroke-width:2.75}.curve.frozen{stroke-dasharray:7 4}.curve.always{stroke-dasharray:1.5 4}
.dots{fill:none;stroke:var(--tone);stroke-width:3.2;stroke-linecap:round;opacity:.28}
.hit{fill:var(--ink);fill-opacity:0}.hit:hover{fill-opacity:.07}
.mark{fill:var(--tone);stroke:var(--card);stroke-width:1}.mark.open{fill:none;stroke:var(--tone);stroke-width:2;stroke-linecap:round}
.rule{stroke:var(--tone);stroke-width:1;opacity:.28}
.promoted,.pass,.promote,.ready,.confirm{--tone:var(--good)}.stable{--tone:var(--pipeline)}
.rejected,.inconclusive,.keep,.challenger,.not_yet,.data_not_ready,.provisional{--tone:var(--warn)}
.rolled_back,.failed,.fail,.broken,.harm,.set_aside,.error{--tone:var(--bad)}
.alert,.calm{--tone:var(--calm)}
.badge{display:inline-block;border:1px solid var(--tone,var(--calm));color:var(--tone,var(--calm));border-radius:99px;padding:0 9px;
font-size:12.5px;line-height:20px;white-space:nowrap}
h2 .badge{font-weight:500;vertical-align:2px;margin-left:4px}h1 .badge{font-size:14px;line-height:24px;vertical-align:4px;margin-left:8px;font-weight:500;letter-spacing:0}
.scroll{overflow-x:auto;padding:6px 20px}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:500;color:var(--soft);font-size:13px;white-space:nowrap}
th,td{padding:9px 18px 9px 0;border-bottom:1px solid var(--line);vertical-align:top}
tr>:last-child{padding-right:0}
tbody tr:last-child>*{border-bottom:0}
.number{text-align:right;white-space:nowrap}
td:has(.swatch){white-space:nowrap}td .swatch{display:inline-block;width:10px;height:10px;border-radius:3px;background:var(--tone);margin-right:9px}
td.when{white-space:nowrap}
.facts th{width:1%;padding-right:28px}.facts td{overflow-wrap:anywhere}
@media (max-width:640px){main{padding:24px 14px 40px}h1{font-size:23px}.lead{font-size:16px}.card{padding:14px}.scroll{padding:4px 14px}
.wide{display:none}.narrow{display:block}.tiles{grid-template-columns:1fr;gap:10px}.tile{display:grid;grid-template-columns:1fr auto;gap:0 12px}
.tile .value{font-size:22px;grid-column:2;grid-row:1/span 2;align-self:center}.tile .note{grid-column:1}
.stack thead{display:none}.stack tr{display:block;padding:10px 0;border-bottom:1px solid var(--line)}.stack tr:last-child{border-bottom:0}
.stack td{display:block;border:0;padding:1px 0}.stack td.when,.stack td.what{display:inline-block;margin-right:10px}
.facts th{white-space:normal;padding-right:14px;width:44%}}
@media print{body{background:#fff}.card{break-inside:avoid}.hit{display:none}}
)css";

}  // namespace retrain::report
