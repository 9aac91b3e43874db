// The map's colours, quiet on purpose: what is reported should stand out, not the land.

export interface Palette {
  outside: string;
  land: string;
  landLine: string;
  ward: string;
  district: string;
  water: string;
  waterHalo: string;
  park: string;
  grass: string;
  wood: string;
  road: string;
  roadMinor: string;
  roadEdge: string;
  roadPrimary: string;
  roadPrimaryEdge: string;
  roadTrunk: string;
  roadTrunkEdge: string;
  roadMotorway: string;
  roadMotorwayEdge: string;
  labelWater: string;
  labelGreen: string;
  labelRef: string;
  refHalo: string;
  label: string;
  labelMinor: string;
  halo: string;
  open: string;
  done: string;
  /** Of open ones, where their time is told: the list's colours (agency.css). */
  late: string;
  risk: string;
  inTime: string;
  paused: string;
  cluster: string;
  clusterText: string;
  pointLine: string;
  extra: string;
  /** Roads too thin for a border are drawn in their border's colour: light ones would be lost. */
  thinAsEdge: boolean;
  heatOpacity: number;
  /** How far the heatmap's darkest colour is lifted towards white, as .legend-bar is (city.css). */
  heatLift: number;
}

export const LIGHT: Palette = {
  outside: '#e0e3e5', land: '#f7f6f2', landLine: '#b9c4cf', ward: '#93a1b2', district: '#5b6b80',
  
  water: '#b5d3e7', waterHalo: '#c8dfee', park: '#d3e6c3', grass: '#e2ecd4', wood: '#c7ddb8',
  road: '#ffffff', roadMinor: '#ffffff', roadEdge: '#d4d0c6', roadPrimary: '#fdf0cf',
  roadPrimaryEdge: '#dcc79a', roadTrunk: '#fbdfa4', roadTrunkEdge: '#d4ae66',
  roadMotorway: '#f6c98c', roadMotorwayEdge: '#c98f4c', labelWater: '#33658a',
  labelGreen: '#3d6b35', labelRef: '#6b4a12', refHalo: '#fff6df', label: '#26364a',
  labelMinor: '#5a6b7e', halo: '#f7f6f2', open: '#c2410c', done: '#0f766e', late: '#b3261e', risk: '#f2a900', inTime: '#0f4c81', paused: '#5a6b7e', cluster: '#0f4c81',
  clusterText: '#ffffff', pointLine: '#ffffff', extra: '#6d28d9', thinAsEdge: true, heatOpacity: 0.82,
  heatLift: 0,
};

export const DARK: Palette = {
  outside: '#0b1118', land: '#18212b', landLine: '#2d3a48', ward: '#44556a', district: '#7d8fa5',
  
  water: '#0e2a40', waterHalo: '#0e2a40', park: '#1d3328', grass: '#1c2c27', wood: '#1a3026',
  road: '#33424f', roadMinor: '#28343f', roadEdge: '#10171f', roadPrimary: '#454a4b',
  roadPrimaryEdge: '#12171c', roadTrunk: '#564f3f', roadTrunkEdge: '#14161a',
  roadMotorway: '#6a5638', roadMotorwayEdge: '#15130f', labelWater: '#7fb2d6',
  labelGreen: '#86b58d', labelRef: '#ffe2ad', refHalo: '#4a3a1c', label: '#d6e0ea',
  labelMinor: '#9aabbd', halo: '#111922', open: '#fb923c', done: '#2dd4bf', late: '#ff8a80', risk: '#ffc233', inTime: '#7cb8f2', paused: '#9aabbd', cluster: '#7cb8f2',
  clusterText: '#0b1118', pointLine: '#0b1118', extra: '#c4b5fd', thinAsEdge: false, heatOpacity: 0.85,
  heatLift: 0.25,
};
