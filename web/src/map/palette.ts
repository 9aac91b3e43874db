// The map's colours, quiet on purpose: what is reported should stand out, not the land.

export interface Palette {
  outside: string;
  land: string;
  landLine: string;
  ward: string;
  district: string;
  road: string;
  roadMain: string;
  roadCasing: string;
  label: string;
  labelMinor: string;
  halo: string;
  open: string;
  done: string;
  cluster: string;
  clusterText: string;
  pointLine: string;
  extra: string;
  heatOpacity: number;
  /** How far the heatmap's darkest colour is lifted towards white, as .legend-bar is (city.css). */
  heatLift: number;
}

export const LIGHT: Palette = {
  outside: '#d9e2ea', land: '#f7f6f2', landLine: '#b9c4cf', ward: '#93a1b2', district: '#5b6b80',
  road: '#e2dfd8', roadMain: '#ffffff', roadCasing: '#d5d1c8', label: '#26364a',
  labelMinor: '#5a6b7e', halo: '#f7f6f2', open: '#c2410c', done: '#0f766e', cluster: '#0f4c81',
  clusterText: '#ffffff', pointLine: '#ffffff', extra: '#6d28d9', heatOpacity: 0.82,
  heatLift: 0,
};

export const DARK: Palette = {
  outside: '#0b1118', land: '#18212b', landLine: '#2d3a48', ward: '#44556a', district: '#7d8fa5',
  road: '#263240', roadMain: '#324254', roadCasing: '#121a23', label: '#d6e0ea',
  labelMinor: '#9aabbd', halo: '#111922', open: '#fb923c', done: '#2dd4bf', cluster: '#7cb8f2',
  clusterText: '#0b1118', pointLine: '#0b1118', extra: '#c4b5fd', heatOpacity: 0.85,
  heatLift: 0.25,
};
