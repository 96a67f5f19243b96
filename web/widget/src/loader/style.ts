/** Inside the shadow root only: neither side's styles reach the other. */
export const STYLE = `
:host{all:initial;color-scheme:light dark}
button{position:fixed;right:max(20px,env(safe-area-inset-right));bottom:max(20px,env(safe-area-inset-bottom));
z-index:2147483000;width:60px;height:60px;padding:0;border:0;border-radius:22px 22px 6px 22px;cursor:pointer;
background:#0e5a50;color:#fff;box-shadow:0 1px 2px #0003,0 10px 28px -6px #0e5a5080;transition:transform .18s}
button:hover{transform:translateY(-2px)}
button:focus-visible{outline:3px solid #e8a33d;outline-offset:3px}
svg{display:block;margin:auto;width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.7;
stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;top:-5px;right:-5px;min-width:22px;height:22px;padding:0 6px;box-sizing:border-box;
border-radius:11px;background:#b3371f;color:#fff;font:600 12px/22px system-ui,sans-serif}
b:empty{display:none}
iframe{position:fixed;right:max(20px,env(safe-area-inset-right));bottom:calc(max(20px,env(safe-area-inset-bottom)) + 72px);
z-index:2147483001;width:400px;height:min(680px,calc(100dvh - 116px));border:0;border-radius:20px;
background:Canvas;box-shadow:0 0 0 1px #0000000f,0 24px 64px -12px #0f1f1c59;transition:opacity .16s,transform .16s}
iframe.shut{visibility:hidden;opacity:0;transform:translateY(10px);transition:opacity .16s,transform .16s,visibility 0s .16s}
@media(max-width:520px),(max-height:480px){iframe{inset:0;width:100%;height:100dvh;border-radius:0}button.on{visibility:hidden}}
@media(prefers-reduced-motion:reduce){button,iframe,iframe.shut{transition:none}}
@media print{:host{display:none}}`;
