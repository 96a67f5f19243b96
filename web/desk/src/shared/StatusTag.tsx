import { word } from "../i18n";
import "./status.css";

type Tone = "wait" | "work" | "good" | "bad" | "quiet";

const TONES: Record<string, Tone> = {
  open: "wait",
  awaiting_approval: "wait",
  requested: "wait",
  pending: "wait",
  in_progress: "work",
  approved: "work",
  processing: "work",
  executing: "work",
  unknown: "wait",
  completed: "good",
  succeeded: "good",
  refunded: "good",
  executed: "good",
  rejected: "bad",
  failed: "bad",
};

/** A state in words and colour; its shades keep 4.5:1 in both themes, antd's own tags don't. */
export function StatusTag({ status }: { status: string }) {
  return <span className={`tag tag-${TONES[status] ?? "quiet"}`}>{word("status", status)}</span>;
}

/** A tier; only those that should change how one answers are coloured. */
export function TierTag({ tier }: { tier: string }) {
  if (!tier) return null;
  const tone = /black|block/.test(tier) ? "bad" : tier === "vip" ? "vip" : "quiet";
  return <span className={`tag tag-${tone}`}>{word("tier", tier)}</span>;
}

export function RiskTags({ risk, none }: { risk: string[]; none: string }) {
  if (risk.length === 0) return <span className="muted">{none}</span>;
  return (
    <span className="tags">
      {risk.map((name) => (
        <span key={name} className="tag tag-bad">
          {word("risk", name)}
        </span>
      ))}
    </span>
  );
}
