export interface Product {
  art: string;
  name: string;
  line: string;
  price: string;
}

export interface Department {
  id: string;
  name: string;
  line: string;
  products: Product[];
}

export interface ShopTexts {
  locale: string;
  brand: string;
  brandSmall: string;
  headline: string;
  intro: string;
  help: string;
  signedInAs: string;
  nobody: string;
  ordersTitle: string;
  ordersLine: string;
  ordersNone: string;
  ordersFailed: string;
  footer: string;
  otherLanguage: string;
  departments: Department[];
}

export const zh: ShopTexts = {
  locale: "zh-CN",
  brand: "屿光集",
  brandSmall: "Lumo & Leaf",
  headline: "把日子过得慢一点，亮一点",
  intro: "小批量的护肤与食物、耐用的小家电，还有从世界各地带回来的衣服。买了之后，也一直有人在。",
  help: "订单有问题？找我们聊聊",
  signedInAs: "当前登录",
  nobody: "未登录（访客）",
  ordersTitle: "我的订单",
  ordersLine: "收到的东西有问题？点右下角的聊天，选这笔订单就好。",
  ordersNone: "这里还没有订单。",
  ordersFailed: "订单暂时读取不出来，请稍后刷新。",
  footer: "这是演示店铺，商品、客户和订单均为虚构。",
  otherLanguage: "English",
  departments: [
    {
      id: "beauty",
      name: "肌肤与厨房",
      line: "当季现做，写得清成分",
      products: [
        { art: "oil", name: "山茶花精华油 30ml", line: "初榨，冷压", price: "¥189" },
        { art: "jar", name: "桂花乌龙蜜 250g", line: "秋分后第一批", price: "¥68" },
        { art: "soap", name: "海盐竹炭皂 三块装", line: "放满四十天", price: "¥79" },
      ],
    },
    {
      id: "appliances",
      name: "安静的小家电",
      line: "两年质保，修得好就不换",
      products: [
        { art: "kettle", name: "细嘴手冲壶 0.9L", line: "一度一档", price: "¥269" },
        { art: "lamp", name: "暮色床头灯", line: "无频闪，可调色温", price: "¥329" },
        { art: "fan", name: "落叶循环扇", line: "22 分贝", price: "¥459" },
      ],
    },
    {
      id: "fashion",
      name: "远方的衣橱",
      line: "海外直邮，税费写在前面",
      products: [
        { art: "shirt", name: "葡萄牙亚麻衬衫", line: "水洗，宽松", price: "$64.50" },
        { art: "bag", name: "植鞣托特包", line: "越用越深", price: "$148.00" },
        { art: "scarf", name: "秘鲁羊驼围巾", line: "双面织", price: "€72.00" },
      ],
    },
  ],
};

export const en: ShopTexts = {
  locale: "en",
  brand: "Lumo & Leaf",
  brandSmall: "屿光集",
  headline: "Slower days, in better light",
  intro:
    "Small-batch skincare and pantry goods, appliances that last, and clothes brought home from far away. And people who are there after you bought.",
  help: "Something wrong with an order? Chat with us",
  signedInAs: "Signed in as",
  nobody: "Not signed in (visitor)",
  ordersTitle: "My orders",
  ordersLine: "Something arrived wrong? Open the chat at the bottom right and pick the order.",
  ordersNone: "No orders here yet.",
  ordersFailed: "Your orders can't be read right now. Please reload in a moment.",
  footer: "A demonstration shop: its goods, customers and orders are invented.",
  otherLanguage: "中文",
  departments: [
    {
      id: "beauty",
      name: "Skin & pantry",
      line: "Made in season, with nothing to hide",
      products: [
        {
          art: "oil",
          name: "Camellia face oil, 30 ml",
          line: "First pressing, cold",
          price: "$26.00",
        },
        {
          art: "jar",
          name: "Osmanthus oolong honey, 250 g",
          line: "The autumn's first",
          price: "$9.50",
        },
        {
          art: "soap",
          name: "Sea salt & bamboo soap, set of 3",
          line: "Cured forty days",
          price: "$11.00",
        },
      ],
    },
    {
      id: "appliances",
      name: "Quiet appliances",
      line: "Two-year warranty; we repair before we replace",
      products: [
        {
          art: "kettle",
          name: "Gooseneck kettle, 0.9 l",
          line: "One degree at a time",
          price: "$38.00",
        },
        {
          art: "lamp",
          name: "Dusk bedside lamp",
          line: "No flicker, warm to cool",
          price: "$46.00",
        },
        { art: "fan", name: "Leaf-fall fan", line: "22 decibels", price: "$64.00" },
      ],
    },
    {
      id: "fashion",
      name: "A wardrobe from afar",
      line: "Shipped across borders, duties shown up front",
      products: [
        { art: "shirt", name: "Portuguese linen shirt", line: "Washed, easy cut", price: "$64.50" },
        {
          art: "bag",
          name: "Vegetable-tanned tote",
          line: "Darkens with the years",
          price: "$148.00",
        },
        { art: "scarf", name: "Peruvian alpaca scarf", line: "Woven double", price: "€72.00" },
      ],
    },
  ],
};
