import { type ThemeConfig, theme } from "antd";

/** Pinned: antd's own list lacks Chinese faces, and text would change its width by platform. */
export const FONTS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

export const antdTheme = (dark: boolean, motion: boolean): ThemeConfig => ({
  algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  token: {
    motion,
    fontFamily: FONTS,
    borderRadius: 10,
    controlHeight: 36,
    colorPrimary: dark ? "#5fbfa9" : "#0e5a50",
    colorLink: dark ? "#86d3bf" : "#0e5a50",
    colorError: dark ? "#ff9c86" : "#9c2a17",
    colorBgLayout: dark ? "#111816" : "#f6f4ee",
    colorBgContainer: dark ? "#1b2422" : "#ffffff",
    colorBgElevated: dark ? "#1f2a27" : "#ffffff",
    colorText: dark ? "#e6ece9" : "#1c2a28",
    colorTextSecondary: dark ? "#a9bab4" : "#4f5f58",
    // antd's own grey for hints and placeholders is too faint to read.
    colorTextTertiary: dark ? "#9fb1ab" : "#5b6a63",
    colorTextQuaternary: dark ? "#9fb1ab" : "#5b6a63",
    colorTextPlaceholder: dark ? "#9fb1ab" : "#5b6a63",
    colorTextDescription: dark ? "#a9bab4" : "#4f5f58",
    colorBorder: dark ? "#42534d" : "#cfcabd",
    colorBorderSecondary: dark ? "#2c3936" : "#e4e0d5",
  },
  components: {
    Button: { primaryColor: dark ? "#07251f" : "#ffffff", primaryShadow: "none" },
    Table: { headerBg: "transparent", headerSplitColor: "transparent" },
  },
});
