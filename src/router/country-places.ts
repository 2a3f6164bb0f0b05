import type { GeoPoint } from "../base/geo-point.ts";

/** Where the people of a country are, roughly, by its code of ISO 3166-1: whole degrees, enough to tell which region is nearest. */
const COUNTRIES = `
AD 43 2|AE 25 55|AF 34 69|AG 17 -62|AI 18 -63|AL 41 20|AM 40 45|AO -9 14|AR -34 -60|AS -14 -171|AT 48 15|AU -34 148|AW 13 -70|AX 60 20|AZ 40 49
BA 44 18|BB 13 -60|BD 24 90|BE 51 4|BF 12 -1|BG 43 25|BH 26 51|BI -3 30|BJ 7 2|BL 18 -63|BM 32 -65|BN 5 115|BO -17 -66|BQ 12 -68|BR -20 -46|BS 25 -77
BT 27 90|BW -24 26|BY 54 28|BZ 17 -88|CA 46 -79|CC -12 97|CD -4 20|CF 5 19|CG -4 14|CH 47 8|CI 6 -5|CK -21 -160|CL -34 -71|CM 5 11|CN 32 114|CO 6 -75
CR 10 -84|CU 22 -81|CV 15 -24|CW 12 -69|CX -10 106|CY 35 33|CZ 50 15|DE 51 10|DJ 12 43|DK 56 11|DM 15 -61|DO 19 -70|DZ 36 3|EC -1 -79|EE 59 25|EG 30 31
EH 27 -13|ER 15 39|ES 40 -3|ET 9 39|FI 61 25|FJ -18 178|FK -52 -58|FM 7 158|FO 62 -7|FR 48 3|GA 0 10|GB 52 -1|GD 12 -62|GE 42 44|GF 5 -53|GG 49 -3
GH 6 -1|GI 36 -5|GL 65 -52|GM 13 -16|GN 10 -12|GP 16 -62|GQ 3 9|GR 38 23|GT 15 -91|GU 13 145|GW 12 -15|GY 6 -58|HK 22 114|HN 15 -87|HR 45 16|HT 19 -72
HU 47 19|ID -7 110|IE 53 -7|IL 32 35|IM 54 -5|IN 22 79|IO -7 72|IQ 33 44|IR 35 51|IS 64 -21|IT 43 12|JE 49 -2|JM 18 -77|JO 32 36|JP 35 137|KE -1 37
KG 42 74|KH 12 105|KI 1 173|KM -12 44|KN 17 -63|KP 39 126|KR 37 127|KW 29 48|KY 19 -81|KZ 46 72|LA 18 103|LB 34 36|LC 14 -61|LI 47 10|LK 7 80|LR 7 -10
LS -29 28|LT 55 24|LU 50 6|LV 57 24|LY 32 14|MA 33 -7|MC 44 7|MD 47 29|ME 42 19|MF 18 -63|MG -19 47|MH 7 171|MK 42 22|ML 13 -7|MM 19 96|MN 48 106
MO 22 114|MP 15 146|MQ 15 -61|MR 18 -16|MS 17 -62|MT 36 14|MU -20 57|MV 4 73|MW -14 34|MX 20 -100|MY 3 102|MZ -18 36|NA -20 17|NC -22 166|NE 14 7
NF -29 168|NG 8 6|NI 12 -86|NL 52 5|NO 60 9|NP 28 85|NR -1 167|NU -19 -170|NZ -39 175|OM 23 58|PA 9 -80|PE -11 -76|PF -18 -149|PG -6 146|PH 14 121
PK 31 73|PL 52 19|PM 47 -56|PN -25 -130|PR 18 -66|PS 32 35|PT 40 -8|PW 7 134|PY -25 -57|QA 25 51|RE -21 55|RO 45 26|RS 44 21|RU 55 43|RW -2 30
SA 24 45|SB -9 160|SC -5 55|SD 15 32|SE 59 16|SG 1 104|SH -16 -6|SI 46 15|SJ 78 16|SK 48 19|SL 8 -12|SM 44 12|SN 15 -16|SO 4 45|SR 6 -55|SS 6 31
ST 0 7|SV 14 -89|SX 18 -63|SY 35 37|SZ -26 31|TC 22 -72|TD 12 16|TG 7 1|TH 14 101|TJ 38 69|TK -9 -172|TL -9 126|TM 38 58|TN 36 10|TO -21 -175
TR 39 33|TT 10 -61|TV -8 179|TW 24 121|TZ -6 36|UA 49 32|UG 1 32|US 38 -92|UY -34 -56|UZ 41 68|VA 42 12|VC 13 -61|VE 10 -67|VG 18 -65|VI 18 -65
VN 16 107|VU -17 168|WF -13 -176|WS -14 -172|XK 43 21|YE 15 45|YT -13 45|ZA -28 28|ZM -14 28|ZW -18 31`;

/** The airports by whose codes Fly names its edges (`fly-region`). */
const AIRPORTS = `
ams 52.3 4.8|arn 59.7 17.9|atl 33.6 -84.4|bog 4.7 -74.1|bom 19.1 72.9|bos 42.4 -71.0|cdg 49.0 2.5|den 39.9 -104.7|dfw 32.9 -97.0|ewr 40.7 -74.2
eze -34.8 -58.5|fra 50.0 8.6|gdl 20.5 -103.3|gig -22.8 -43.3|gru -23.4 -46.5|hkg 22.3 113.9|iad 38.9 -77.5|jnb -26.1 28.2|lax 33.9 -118.4|lhr 51.5 -0.5
mad 40.5 -3.6|maa 13.0 80.2|mia 25.8 -80.3|nrt 35.8 140.4|ord 42.0 -87.9|otp 44.6 26.1|phx 33.4 -112.0|qro 20.6 -100.2|scl -33.4 -70.8|sea 47.4 -122.3
sin 1.4 104.0|sjc 37.4 -121.9|syd -33.9 151.2|waw 52.2 21.0|yul 45.5 -73.7|yyz 43.7 -79.6`;

function table(text: string): ReadonlyMap<string, GeoPoint> {
  const rows = text.trim().split(/[|\n]/u);
  return new Map(
    rows.map((row) => {
      const [code, latitude, longitude] = row.split(" ");
      return [code!, { latitude: Number(latitude), longitude: Number(longitude) }];
    }),
  );
}

const BY_COUNTRY = table(COUNTRIES);
const BY_AIRPORT = table(AIRPORTS);

export function countryPlace(code: string): GeoPoint | null {
  return BY_COUNTRY.get(code.toUpperCase()) ?? null;
}

export function airportPlace(code: string): GeoPoint | null {
  return BY_AIRPORT.get(code.toLowerCase()) ?? null;
}
