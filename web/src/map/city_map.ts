// The map itself: MapLibre behind the few verbs that the pages need. Loaded only where a map is
// shown, because it is several times the size of everything else.

import {
  AttributionControl, FullscreenControl, type LngLatLike, Map as LibreMap, type MapGeoJSONFeature,
  type MapMouseEvent, type MapOptions, Marker, NavigationControl, Popup, ScaleControl, setWorkerUrl,
} from 'maplibre-gl';
import { type CategoryNode, categoryName } from '../lib/categories';
import { formatNumber } from '../lib/time';
import { messages } from '../i18n';
import type { Candidate, City, Lang, Point } from '../types';
import { attributeBox } from './attributes';
import { overlayOf } from './overlays';
import { UNIT_LAYER } from './choropleth';
import { type Corner, drawLasso } from './lasso';
import { type StyleInput, buildStyle, tileAddress } from './style';

declare const MAP_WORKER: string;

export interface CityMapOptions {
  container: HTMLElement;
  city: City;
  categories: CategoryNode[];
  lang: Lang;
  style: StyleInput;
  /** How much of the map's left side a panel covers, in pixels. */
  coveredLeft: number;
  /** A map beside another: what it is called. */
  apart?: string | undefined;
  /** True while a click chooses a place, whatever is drawn there. */
  picking: () => boolean;
  onPick: (point: Point) => void;
  onComplaint: (code: string) => void;
  /** A filled unit was clicked. */
  onUnit: (code: string) => void;
  /** Tiles could not be loaded (true), or can be again (false). */
  onTrouble: (trouble: boolean) => void;
}

const LABEL_SAMPLE = 'ĂăÂâĐđÊêÔôƠơƯưẠạẢảẾếỆệỘộỨứỶỷ';
const POINT_LAYERS = ['complaints-cluster', 'complaints-point'];

const NARROW = 700; // pixels of map to be seen

/** The span of a city that is worth opening on: far islands would make the rest a speck. */
const WIDEST_OPENING = 1.1; // degrees

export class CityMap {
  private readonly map: LibreMap;
  private style: StyleInput;
  private marker: Marker | null = null;
  private candidateMarkers: Marker[] = [];
  private popup: Popup | null = null;

  private constructor(private readonly options: CityMapOptions) {
    setWorkerUrl(new URL(MAP_WORKER, window.location.origin).href);
    const t = messages[options.lang];
    this.style = options.style;
    this.map = new LibreMap({
      container: options.container,
      style: buildStyle(options.style),
      ...openingView(options),
      hash: options.apart === undefined ? 'map' : false,
      minZoom: 6,
      maxZoom: 19,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 120,
      locale: {
        'Map.Title': options.apart ?? t.map.label,
        'NavigationControl.ZoomIn': t.map.zoomIn,
        'NavigationControl.ZoomOut': t.map.zoomOut,
        'FullscreenControl.Enter': t.map.fullscreen,
        'FullscreenControl.Exit': t.map.exitFullscreen,
        'AttributionControl.ToggleAttribution': t.map.attribution,
        'Popup.Close': t.close,
        'Marker.Title': t.map.marker,
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    // With what is said about the map: its notes, its legend, the panel.
    const whole = options.container.closest('main') ?? options.container;
    this.map.addControl(new FullscreenControl({ container: whole }), 'top-right');
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
    const attribution = options.city.attribution;
    this.map.addControl(new AttributionControl({
      compact: true, ...(attribution ? { customAttribution: escapeHtml(attribution) } : {}),
    }), 'bottom-right');
    this.map.setPadding({ left: options.coveredLeft });
    this.listen();
  }

  /** Opens the map when its label fonts are there, since a label drawn without them stays so. */
  static async open(options: CityMapOptions): Promise<CityMap> {
    const fonts = ['500 16px "Hotline Label Medium"', '700 16px "Hotline Label Bold"'];
    await Promise.all(fonts.map((font) => document.fonts.load(font, `Aa0${LABEL_SAMPLE}`)))
      .catch(() => undefined);
    return new CityMap(options);
  }

  close(): void {
    this.map.remove();
  }

  private listen(): void {
    this.map.on('click', (event) => this.onClick(event));
    this.map.on('mousemove', (event) => {
      const cursor = this.options.picking() ? 'crosshair' : this.pointAt(event) || this.overlayAt(event) ? 'pointer' : '';
      this.map.getCanvas().style.cursor = cursor;
    });
    this.map.once('idle', () => {
      if (this.options.container.clientWidth - this.options.coveredLeft >= NARROW) return;
      const attribution = this.options.container.querySelector('.maplibregl-ctrl-attrib');
      attribution?.removeAttribute('open'); // one touch away: the map itself needs the room
      attribution?.classList.remove('maplibregl-compact-show');
    });
    this.map.on('error', (event) => {
      // A tile that is not there any more, or a server that is away: the page says so, quietly.
      console.debug('map', event.error?.message);
      this.options.onTrouble(true);
    });
    this.map.on('idle', () => {
      this.options.container.dataset['idle'] = String(Number(this.options.container.dataset['idle'] ?? 0) + 1);
      if (this.map.areTilesLoaded()) this.options.onTrouble(false);
    });
    this.map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      this.options.onPick(this.centre());
    });
  }

  private pointAt(event: MapMouseEvent): MapGeoJSONFeature | undefined {
    const layers = POINT_LAYERS.filter((id) => this.map.getLayer(id));
    return layers.length ? this.map.queryRenderedFeatures(event.point, { layers })[0] : undefined;
  }

  /** A feature of an imported layer near the point; a few pixels wide, for fingers. */
  private overlayAt(event: MapMouseEvent): MapGeoJSONFeature | undefined {
    const layers = this.map.getStyle().layers.map((layer) => layer.id)
      .filter((id) => overlayOf(id) !== null);
    if (!layers.length) return undefined;
    const { x, y } = event.point;
    return this.map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers })[0];
  }

  private showAttributes(at: LngLatLike, feature: MapGeoJSONFeature): void {
    const { lang } = this.options;
    const entry = this.style.entries.find((one) => one.id === overlayOf(feature.layer.id));
    const box = attributeBox(feature.properties, entry, lang);
    this.popup?.remove();
    this.popup = new Popup({ maxWidth: '320px' }).setLngLat(at).setDOMContent(box).addTo(this.map);
  }

  private unitAt(event: MapMouseEvent): string {
    if (!this.map.getLayer(UNIT_LAYER)) return '';
    const unit = this.map.queryRenderedFeatures(event.point, { layers: [UNIT_LAYER] })[0];
    return String(unit?.properties['code'] ?? '');
  }

  private onClick(event: MapMouseEvent): void {
    const feature = this.options.picking() ? undefined : this.pointAt(event);
    const overlay = feature || this.options.picking() ? undefined : this.overlayAt(event);
    if (overlay) {
      this.showAttributes(event.lngLat, overlay);
      return;
    }
    const unit = this.options.picking() || feature ? undefined : this.unitAt(event);
    if (unit) {
      this.options.onUnit(unit);
      return;
    }
    if (feature === undefined) {
      this.options.onPick({ lon: round(event.lngLat.lng), lat: round(event.lngLat.lat) });
      return;
    }
    const at = feature.geometry.type === 'Point'
      ? (feature.geometry.coordinates as [number, number]) : event.lngLat;
    const count = Number(feature.properties['count'] ?? 1);
    if (count > 1 && this.map.getZoom() < 17) this.map.easeTo({ center: at, zoom: this.map.getZoom() + 2 });
    else this.showPopup(at, feature.properties);
  }

  private showPopup(at: LngLatLike, properties: Record<string, unknown>): void {
    const { lang } = this.options;
    const t = messages[lang];
    const box = document.createElement('div');
    box.className = 'popup';
    const line = (name: string, text: string) => {
      const element = document.createElement('p');
      element.className = name;
      element.textContent = text;
      box.append(element);
    };
    const code = typeof properties['code'] === 'string' ? properties['code'] : '';
    const count = Number(properties['count'] ?? 1);
    if (count > 1) {
      line('popup-title', t.map.cluster(formatNumber(count, lang)));
      const of = (name: string, words: string) => {
        const n = Number(properties[name] ?? 0);
        return n > 0 ? `${words}: ${formatNumber(n, lang)}` : '';
      };
      const time = [of('late', t.map.late), of('at_risk', t.map.atRisk)].filter(Boolean).join(' · ');
      if (time) line('popup-status', time);
    } else {
      const category = String(properties['category'] ?? '');
      const status = String(properties['status'] ?? '');
      line('popup-title', categoryName(this.options.categories, category, lang));
      const time = Number(properties['late'] ?? 0) > 0 ? t.map.late : Number(properties['at_risk'] ?? 0) > 0 ? t.map.atRisk : '';
      line('popup-status', [t.statuses[status] ?? status, time].filter(Boolean).join(' · '));
      if (code) line('popup-code', code);
    }
    if (code && count <= 1) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'button small';
      button.textContent = t.map.details;
      button.addEventListener('click', () => this.options.onComplaint(code));
      box.append(button);
    }
    this.popup?.remove();
    this.popup = new Popup({ maxWidth: '280px' }).setLngLat(at).setDOMContent(box).addTo(this.map);
  }

  /** Shows what the input says; only what differs is changed. */
  setStyle(input: StyleInput): void {
    this.style = input;
    this.map.setStyle(buildStyle(input), { diff: true });
  }

  /** Asks again for the tiles that count complaints, keeping the old ones until the new are there. */
  refresh(): void {
    for (const id of ['heatmap', 'complaints']) {
      if (this.map.getSource(id)) this.map.refreshTiles(id);
    }
  }

  /** The address of a layer's tiles as it is asked for now, for tests and links. */
  tileAddress(id: string): string {
    const tilejson = this.style.tilejson.get(id);
    return tilejson ? tileAddress(id, tilejson, this.style) : '';
  }

  /** The map as it is seen now, on a canvas of its own. */
  picture(): Promise<HTMLCanvasElement> {
    return new Promise((resolve, reject) => {
      this.map.once('render', () => {
        // Only until the end of this call are the pixels there.
        const seen = this.map.getCanvas();
        const copy = document.createElement('canvas');
        copy.width = seen.width;
        copy.height = seen.height;
        const pen = copy.getContext('2d');
        if (!pen) {
          reject(new Error('no canvas'));
          return;
        }
        pen.drawImage(seen, 0, 0);
        resolve(copy);
      });
      this.map.triggerRepaint();
    });
  }

  centre(): Point {
    const { lng, lat } = this.map.getCenter();
    return { lon: round(lng), lat: round(lat) };
  }

  /** Moves there; without a zoom, no nearer than the map is already, but near enough to see. */
  flyTo(point: Point, zoom?: number): void {
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map.easeTo({
      center: [point.lon, point.lat],
      zoom: zoom ?? Math.max(this.map.getZoom(), 15),
      duration: calm ? 0 : 600,
    });
  }

  setMarker(point: Point | null): void {
    if (point === null) {
      this.marker?.remove();
      this.marker = null;
      return;
    }
    if (this.marker === null) {
      const pin = document.createElement('div');
      pin.className = 'pin';
      this.marker = new Marker({ element: pin, anchor: 'bottom', draggable: true })
        .setLngLat([point.lon, point.lat]).addTo(this.map);
      this.marker.on('dragend', () => {
        const at = this.marker?.getLngLat();
        if (at) this.options.onPick({ lon: round(at.lng), lat: round(at.lat) });
      });
    } else {
      this.marker.setLngLat([point.lon, point.lat]);
    }
    this.marker.setDraggable(this.options.picking()); // where it is only shown, it stays
  }

  /** Numbered markers for the places an address may mean; the map moves to hold them all. */
  setCandidates(candidates: Candidate[], active: number, onChoose: (index: number) => void): void {
    for (const marker of this.candidateMarkers) marker.remove();
    const t = messages[this.options.lang];
    this.candidateMarkers = candidates.map((candidate, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = index === active ? 'candidate-mark active' : 'candidate-mark';
      button.textContent = String(index + 1);
      button.title = t.map.candidate(index + 1, candidate.label);
      button.setAttribute('aria-label', button.title);
      button.tabIndex = -1; // the list in the form is the keyboard's way to them
      button.addEventListener('click', (event) => {
        event.stopPropagation();
        onChoose(index);
      });
      return new Marker({ element: button, anchor: 'bottom' })
        .setLngLat([candidate.lon, candidate.lat]).addTo(this.map);
    });
  }

  /** Moves so that all of them can be seen. */
  showAll(points: Point[]): void {
    if (points.length === 0) return;
    const lons = points.map((p) => p.lon);
    const lats = points.map((p) => p.lat);
    this.map.fitBounds(
      [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]],
      { padding: 70, maxZoom: 16, duration: 500 },
    );
  }

  /** The corners of what shows of the map beside the panel, in order. */
  corners(): Point[] {
    const { clientWidth: right, clientHeight: bottom } = this.map.getCanvas();
    const left = this.map.getPadding().left ?? 0;
    return this.pointsAt([[left, 0], [right, 0], [right, bottom], [left, bottom]]);
  }

  /** An area that the reader draws, or null where it was ended without one. */
  async lasso(): Promise<Point[] | null> {
    const corners = await drawLasso(this.map.getCanvasContainer());
    return corners && this.pointsAt(corners);
  }

  private pointsAt(corners: Corner[]): Point[] {
    return corners.map((corner) => {
      const { lng, lat } = this.map.unproject(corner);
      return { lon: round(lng), lat: round(lat) };
    });
  }

  /** A panel opened or closed over the map's left side. */
  setCoveredLeft(pixels: number): void {
    // Setting it anew, though nothing changed, would stop the map on its way to somewhere.
    if (this.map.getPadding().left !== pixels) this.map.setPadding({ left: pixels });
  }
}

function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

function escapeHtml(text: string): string {
  const box = document.createElement('span');
  box.textContent = text;
  return box.innerHTML;
}

/** Where the service says that complaints are, else the whole city. */
function openingView(options: CityMapOptions): Partial<MapOptions> {
  const centre = options.style.tilejson.get('heatmap')?.center;
  if (centre) return { center: [centre[0], centre[1]], zoom: centre[2] };
  const [west, south, east, north] = options.city.bbox;
  const tooTall = north - south > 2 * WIDEST_OPENING;
  return {
    bounds: [[west, tooTall ? north - 1.1 * WIDEST_OPENING : south], [east, north]],
    fitBoundsOptions: { padding: 24 },
  };
}
