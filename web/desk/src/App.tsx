import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { App as AntdApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { makeQueryClient } from "./api/queries";
import { makeRouter } from "./router";
import { antdTheme } from "./theme/antd";
import { useDark, useMotion } from "./theme/preference";

export function App() {
  const { i18n } = useTranslation();
  const dark = useDark();
  const motion = useMotion();
  const [client] = useState(makeQueryClient);
  const [router] = useState(() => makeRouter(client));
  const locale = i18n.language === "zh-CN" ? zhCN : enUS;
  return (
    <ConfigProvider
      locale={locale}
      theme={antdTheme(dark, motion)}
      // antd puts a space between two Chinese characters on a button; a reader stumbles over it.
      button={{ autoInsertSpace: false }}
    >
      <AntdApp component={false}>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AntdApp>
    </ConfigProvider>
  );
}
