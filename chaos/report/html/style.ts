/** The page's style. Colours are told apart by light as well as by hue; every colour that means something has a word beside it. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#5c6a7a;--line:#dfe4ea;--grid:#e9edf1;--band:rgba(214,69,65,.10);--band-ink:#b3372f;
--ok:#12805c;--ok-bg:#e3f5ee;--bad:#c0342b;--bad-bg:#fdeae8;--warn:#946200;--warn-bg:#fff3d6;--c1:#2563c9;--c2:#c2570c;--c3:#0e8a8a;--c4:#8146c9;--acked:#7fb8a4;--failed:#d6453f;--unknown:#e5a927;--away:#9aa6b2;--shadow:0 1px 2px rgba(16,24,40,.06),0 1px 6px rgba(16,24,40,.05)}
@media (prefers-color-scheme:dark){:root{--bg:#0e1319;--card:#161d26;--ink:#e6ebf1;--soft:#93a1b0;--line:#283241;--grid:#222b37;--band:rgba(255,107,97,.13);--band-ink:#ff8f86;
--ok:#4ed3a2;--ok-bg:#10301f;--bad:#ff7d73;--bad-bg:#3a1715;--warn:#f0bd4f;--warn-bg:#33270c;--c1:#6ea8ff;--c2:#ff9d57;--c3:#4fd0cc;--c4:#bd93ff;--acked:#3f8f75;--failed:#f0605a;--unknown:#e0ab35;--away:#5d6977;--shadow:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;line-height:1.25;margin:0 0 6px;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:18px;margin:40px 0 12px;letter-spacing:-.005em}
h2 small{font-weight:400;color:var(--soft);font-size:14px;margin-left:6px}
p{margin:0 0 10px}
.soft{color:var(--soft)}
.verdict{border-radius:14px;padding:22px 24px;background:var(--card);box-shadow:var(--shadow);border-left:8px solid var(--soft)}
.verdict.green{border-color:var(--ok)}.verdict.red{border-color:var(--bad)}.verdict.unknown,.verdict.failed{border-color:var(--warn)}
.badge{display:inline-flex;align-items:center;gap:8px;font-weight:650;padding:3px 12px 3px 10px;border-radius:999px;margin-bottom:12px}
.green .badge{background:var(--ok-bg);color:var(--ok)}.red .badge{background:var(--bad-bg);color:var(--bad)}.unknown .badge,.failed .badge{background:var(--warn-bg);color:var(--warn)}
.lead{font-size:16.5px;margin:10px 0 0;text-wrap:pretty}
.reasons{margin:12px 0 0;padding:0 0 0 18px}.reasons li{margin:4px 0}
.meta{color:var(--soft);font-size:13.5px;margin:8px 0 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(225px,1fr));gap:12px;margin:16px 0 0}
.tile{background:var(--card);border-radius:12px;padding:14px 16px;box-shadow:var(--shadow)}
.tile .k{color:var(--soft);font-size:13px;line-height:1.3}.tile .v{font-size:25px;font-weight:650;letter-spacing:-.02em;margin:2px 0;font-variant-numeric:tabular-nums;white-space:nowrap}
.tile .d{font-size:12.5px;color:var(--soft);line-height:1.35}
.tile.bad .v{color:var(--bad)}.tile.good .v{color:var(--ok)}
.card{background:var(--card);border-radius:12px;box-shadow:var(--shadow);padding:16px 18px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{font-weight:500;color:var(--soft);text-align:left;padding:4px 10px 8px 0;font-size:13px}
td{padding:8px 10px 8px 0;border-top:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td:last-child,th:last-child{padding-right:0}
code{font:12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--soft)}
.mark{font-weight:600;white-space:nowrap}.mark b{font-weight:600}.mark.kept{color:var(--ok)}.mark.broken{color:var(--bad)}.mark.unknown{color:var(--warn)}
tr.broken td{background:var(--bad-bg)}tr.broken td:first-child{box-shadow:inset 3px 0 var(--bad);padding-left:10px}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin-top:14px;padding-top:12px;border-top:1px solid var(--line)}.chips:first-child{border-top:0;padding-top:0;margin-top:0}.chips p{width:100%;margin:0 0 2px;font-size:13px;color:var(--soft)}.chips span{font-size:12.5px;padding:2px 10px;border-radius:999px;background:var(--ok-bg);color:var(--ok)}
.time{position:relative}
.faults{margin:0 0 14px 112px}
.fault{position:relative;height:44px}.fault .bar{position:absolute;top:33px;height:6px;border-radius:3px;background:var(--band-ink);opacity:.75}
.fault .label{position:absolute;top:8px;font-size:13px;white-space:nowrap;max-width:100%;overflow:hidden;text-overflow:ellipsis}.fault b{color:var(--band-ink);font-weight:600}.fault i{color:var(--soft);font-style:normal}
.chart{margin:0 0 22px}.chart:last-child{margin-bottom:0}
figcaption{font-size:14px;margin-bottom:8px;display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline}
.about{color:var(--soft);font-size:13px}
.legend{margin-left:auto;display:flex;flex-wrap:wrap;gap:2px 14px}
.key{font-size:12.5px;color:var(--soft);display:inline-flex;align-items:center;gap:6px;white-space:nowrap}
.key::before{content:"";width:14px;height:3px;border-radius:2px;background:currentColor}
.key.c1::before{background:var(--c1)}.key.c2::before{background:var(--c2)}.key.c3::before{background:var(--c3)}.key.c4::before{background:var(--c4)}
.key.acked::before,.key.failed::before,.key.unknown::before,.key.away::before{width:10px;height:10px}
.key.acked::before{background:var(--acked)}.key.failed::before{background:var(--failed)}.key.unknown::before{background:var(--unknown)}.key.away::before{background:var(--away);opacity:.45}
.plot{position:relative;margin-left:112px;height:150px}
.plot svg{width:100%;height:100%;display:block;overflow:visible}
.scale span{position:absolute;right:calc(100% + 8px);transform:translateY(-50%);font-size:12px;color:var(--soft);white-space:nowrap;font-variant-numeric:tabular-nums}
.ticks{position:relative;height:18px;margin:4px 0 0 112px;font-size:12px;color:var(--soft)}.ticks span{position:absolute;transform:translateX(-50%);white-space:nowrap}.ticks span:first-child{transform:none}
.strip{display:flex;align-items:stretch;margin-bottom:6px}.strip .name{width:112px;flex:none;font-size:13px;line-height:1.2;padding-right:8px;align-self:center;overflow:hidden;text-overflow:ellipsis}.strip .name b{font-weight:600;display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.strip .name i{font-style:normal;font-size:11.5px;color:var(--soft);white-space:nowrap}
.strip svg{flex:1;height:42px;min-width:0;display:block;background:var(--bg);border-radius:4px}
.grid{stroke:var(--grid);stroke-width:1;vector-effect:non-scaling-stroke}
.band{fill:var(--band)}
rect.acked{fill:var(--acked)}rect.failed{fill:var(--failed)}rect.unknown{fill:var(--unknown)}rect.away{fill:var(--away);opacity:.32}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}.line.c3{stroke:var(--c3)}.line.c4{stroke:var(--c4)}
.area{opacity:.14}.area.c1{fill:var(--c1)}.area.c2{fill:var(--c2)}.area.c3{fill:var(--c3)}.area.c4{fill:var(--c4)}
.fates{display:flex;height:14px;border-radius:7px;overflow:hidden;gap:2px;margin:6px 0 8px}.fates span{min-width:3px}
.f-kept{background:var(--acked)}.f-superseded{background:var(--c1);opacity:.55}.f-merged{background:var(--c3);opacity:.6}.f-expired{background:var(--away);opacity:.6}.f-lost{background:var(--failed)}
.fate-key{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--soft)}.fate-key b{color:var(--ink);font-variant-numeric:tabular-nums}.fate-key span::before{content:"";display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px;background:var(--k)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:12px}
.two h3{font-size:15px;margin:0 0 8px}
details{border-top:1px solid var(--line);padding:10px 0}details:first-of-type{border-top:0}summary{cursor:pointer;line-height:1.45;overflow-wrap:anywhere}summary:focus-visible{outline:2px solid var(--c1);outline-offset:2px;border-radius:4px}
.kind.soft{background:var(--warn-bg);color:var(--warn)}
.kind{display:inline-block;font-size:12px;font-weight:600;padding:1px 9px;border-radius:999px;background:var(--bad-bg);color:var(--bad);margin-right:6px;white-space:nowrap}
.story{list-style:none;margin:10px 0 4px;padding:0 0 0 14px;border-left:2px solid var(--line);font-size:13.5px}.story li{display:flex;gap:12px;padding:3px 0;overflow-wrap:anywhere}.story time{flex:none;width:66px;text-align:right;color:var(--soft);font-variant-numeric:tabular-nums}.story .f{color:var(--band-ink);font-weight:600}
dl{margin:0;display:grid;grid-template-columns:minmax(150px,220px) 1fr;gap:6px 18px;font-size:14px}dt{font-weight:600}dd{margin:0;color:var(--soft);overflow-wrap:anywhere}
#tip{position:fixed;z-index:9;pointer-events:none;background:var(--ink);color:var(--bg);font-size:12.5px;line-height:1.45;padding:6px 10px;border-radius:8px;max-width:280px;display:none;font-variant-numeric:tabular-nums}
#cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);opacity:.6;pointer-events:none;display:none}
footer{margin-top:36px;color:var(--soft);font-size:13px}
@media (max-width:640px){main{padding:14px 12px 40px}h1{font-size:21px}.verdict{padding:16px 16px 16px 14px;border-left-width:6px}.tiles{grid-template-columns:1fr 1fr;gap:8px}.tile{padding:11px 12px}.tile .v{font-size:21px}
.card{padding:14px 12px}.plot,.ticks,.faults{margin-left:54px}.strip{flex-wrap:wrap}.strip .name{width:calc(100% - 54px);font-size:12px;margin:2px 0 3px 54px;display:flex;gap:8px;align-items:baseline}.strip svg{margin-left:54px;height:34px;flex:0 0 calc(100% - 54px)}td,th{padding-right:8px;font-size:13px}.mark b{display:none}.plot{height:130px}.scale span,.ticks{font-size:11px}.legend{margin-left:0;width:100%}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}.hide{display:none}.fault{height:62px}.fault .bar{top:51px}.fault .label{white-space:normal;left:0!important;right:0!important;text-align:left!important;font-size:12.5px;line-height:1.3}.story li{gap:8px}.story time{width:52px;font-size:12px}}
@media print{body{background:#fff}.card,.tile,.verdict{box-shadow:none;border:1px solid var(--line)}}
`;
