import { DownOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Popover, Segmented, Switch } from "antd";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import * as queries from "../api/queries";
import type { Account } from "../api/types";
import { chooseLanguage, LANGUAGES, type Language } from "../i18n";
import { setShortcutsOn, useShortcutsOn } from "../shared/shortcuts";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../theme/preference";

/** Who is signed in, and what he may set for himself. */
export function AccountMenu({ account }: { account: Account }) {
  const { t } = useTranslation();
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={<Preferences account={account} />}
      destroyOnHidden
    >
      <Button type="text" className="who" aria-label={t("menu.account", { name: account.name })}>
        {/* By CSS, as a letter in the text would have to be part of the button's name. */}
        <span className="avatar" data-letter={[...account.name][0]} />
        <span className="who-name">{account.name}</span>
        <DownOutlined />
      </Button>
    </Popover>
  );
}

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <Segmented<Language>
      aria-label={t("menu.language")}
      value={i18n.language as Language}
      options={Object.entries(LANGUAGES).map(([value, label]) => ({
        value: value as Language,
        label,
      }))}
      onChange={chooseLanguage}
    />
  );
}

export function ThemeSwitch() {
  const { t } = useTranslation();
  const choices: ThemeChoice[] = ["system", "light", "dark"];
  return (
    <Segmented<ThemeChoice>
      aria-label={t("menu.theme")}
      value={useThemeChoice()}
      options={choices.map((value) => ({ value, label: t(`menu.${value}`) }))}
      onChange={chooseTheme}
    />
  );
}

function Preferences({ account }: { account: Account }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const shortcuts = useShortcutsOn();
  const signOut = useMutation({
    mutationFn: api.logout,
    onSettled: () => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "account" });
      client.setQueryData(queries.account.queryKey, null);
    },
  });
  return (
    <div className="preferences" role="dialog" aria-label={t("menu.settings")}>
      <p>
        <strong>{account.email}</strong>
        <span>{account.role}</span>
      </p>
      <h2>{t("menu.language")}</h2>
      <LanguageSwitch />
      <h2>{t("menu.theme")}</h2>
      <ThemeSwitch />
      <div className="row">
        <span id="shortcuts-label">{t("menu.shortcuts")}</span>
        <Switch
          aria-labelledby="shortcuts-label"
          size="small"
          checked={shortcuts}
          onChange={setShortcutsOn}
        />
      </div>
      <Button block loading={signOut.isPending} onClick={() => signOut.mutate()}>
        {t("menu.signOut")}
      </Button>
    </div>
  );
}
