import { word } from "../i18n";
import "./status.css";

type Tone = "wait" | "work" | "good" | "bad" | "quiet";

const TONES: Record<string, Tone> = {
  open: "wait",
  awaiting_approval: "wait",
  in_progress: "work",
  human: "wait",
  bot: "work",
  approved: "work",
  executing: "work",
  completed: "good",
  succeeded: "good",
  rejected: "bad",
  failed: "bad",
};

/** A state in words and colour; its shades keep 4.5:1 in both themes, antd's own tags don't. */
export function StatusTag({ status }: { status: string }) {
  return <span className={`tag tag-${TONES[status] ?? "quiet"}`}>{word("status", status)}</span>;
}

/** A tier; the ordinary one goes without saying. */
export function TierTag({ tier }: { tier: string }) {
  if (!tier || tier === "standard") return null;
  return (
    <span className={`tag tag-${tier === "vip" ? "vip" : "quiet"}`}>{word("tier", tier)}</span>
  );
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
