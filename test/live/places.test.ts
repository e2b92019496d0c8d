import { MANY_PLACES } from '../shapes/many-places.js';
import { HALF_PAIR } from '../shapes/phases.js';
import { shape } from '../shapes/shape.js';

// The whole matrix of shapes and phases is `npm run shapes`.
shape('places', { ...MANY_PLACES, phases: HALF_PAIR.slice(1) });
