"""WeCom (企业微信), both ways into it.

`app` writes to members through an app of the shop's own (自建应用), `kf` to WeChat users through
customer service accounts (微信客服). Both share the callback's crypto, the API client, its errors
and the media. Importing them imports wechatpy (0.4 s): the registry does so only when an account is
configured. Guide: docs/guides/wecom.md.
"""
