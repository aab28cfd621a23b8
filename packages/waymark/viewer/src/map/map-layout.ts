/** What goes to the layout worker, and what comes back. */
export interface LayoutRequest {
  readonly direction: 'LR' | 'TB';
  readonly nodes: readonly { readonly name: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly width: number;
    readonly height: number;
  }[];
}

export interface MapLayout {
  readonly direction: LayoutRequest['direction'];
  readonly width: number;
  readonly height: number;
  /** Centres, by name. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** By `edgeId`: the points of the line, and the centre of its label. */
  readonly edges: ReadonlyMap<string, { readonly points: readonly Point[]; readonly label: Point }>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Lays a graph out in a worker, which ends with it. */
export function layOut(request: LayoutRequest, signal: AbortSignal): Promise<MapLayout> {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/map-layout-worker.js');
    const end = () => worker.terminate();
    signal.addEventListener('abort', end);
    worker.onmessage = (event: MessageEvent<MapLayout>) => {
      end();
      resolve(event.data);
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(`The map could not be laid out: ${event.message}`));
    };
    worker.postMessage(request);
  });
}
