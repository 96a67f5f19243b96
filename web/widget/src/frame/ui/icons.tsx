const icon = (path: string) => () => (
  <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" class="icon">
    <path d={path} />
  </svg>
);

export const CloseIcon = icon("M6 6l12 12M18 6L6 18");
export const SendIcon = icon("M12 19V5M6 11l6-6 6 6");
export const PhotoIcon = icon(
  "M4 7h4l1.5-2h5L16 7h4v12H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7",
);
export const ImageIcon = icon("M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01");
export const ParcelIcon = icon(
  "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9M8 5.250l8 4.5",
);
export const NextIcon = icon("M9 6l6 6-6 6");
export const RetryIcon = icon("M19 12a7 7 0 1 1-2-5M19 4v4h-4");
export const DoneIcon = icon("M5 12.5l4.5 4.5L19 7");
export const DownIcon = icon("M12 5v14M6 13l6 6 6-6");
