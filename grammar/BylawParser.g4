// The sentence forms of Bylaw, edition 2026: one rule a form, one form a line.
//
// Every declaration is a header line and, for most, a block of lines between braces. The compiler's reader (compiler/syntax) cuts a file
// into lines and blocks and enters this grammar at the rules named …Entry, one line at a time; the rule `file` composes the same lines into
// a whole file and is what the tests hold the reader against. README.md beside this file says why each ambiguity resolves as it does.
parser grammar BylawParser;

options { tokenVocab = BylawLexer; }

// ---------------------------------------------------------------------------------------------------------------------------------------
// A whole file.

file: NL* declaration* EOF;

eol: NL+ | EOF;
open: LBRACE NL+;
close: RBRACE eol;

declaration
  : plainHeader eol
  | adequacyHeader open (adequacyLine eol)* close
  | endpointHeader open (endpointLine eol)* close
  | storeHeader open (storeLine eol)* close
  | reviewersHeader open (reviewersLine eol)* close
  | poolHeader (eol | open (poolLine eol)* close)
  | tierHeader (eol | open (tierLine eol)* close)
  | classHeader (eol | open (tierLine eol)* close)
  | regulationHeader (eol | open (regulationLine eol)* close)
  | orgHeader (eol | open (orgLine eol)* close)
  | tenantHeader (eol | open (tierLine eol)* close)
  | workflowHeader open (workflowLine eol | stepHeader open (stepLine eol)* close)* close
  | ladderHeader open (ladderLine eol)* close
  | ruleHeader open (ruleLine eol)* close
  | exceptionHeader open (exceptionLine eol)* close
  | guaranteeHeader open (guaranteeLine eol)* close
  | testHeader open testSection* close
  | scenarioHeader open (scenarioLine eol)* close
  ;

testSection
  : GIVEN givenPhrase eol (AND givenPhrase eol)*
  | WHEN whenPhrase eol (AND whenPhrase eol)*
  | THEN thenPhrase eol (AND thenPhrase eol)*
  ;

// ---------------------------------------------------------------------------------------------------------------------------------------
// Where the reader enters: one line, without its end of line and without the brace that opens its block.

headerEntry
  : ( plainHeader | adequacyHeader | endpointHeader | storeHeader | reviewersHeader | poolHeader | tierHeader | classHeader
    | regulationHeader | orgHeader | tenantHeader | workflowHeader | ladderHeader | ruleHeader | exceptionHeader | guaranteeHeader
    | testHeader | scenarioHeader
    ) EOF
  ;
adequacyEntry: adequacyLine EOF;
endpointEntry: endpointLine EOF;
storeEntry: storeLine EOF;
reviewersEntry: reviewersLine EOF;
poolEntry: poolLine EOF;
tierEntry: tierLine EOF;
regulationEntry: regulationLine EOF;
orgEntry: orgLine EOF;
workflowEntry: workflowLine EOF;
stepHeaderEntry: stepHeader EOF;
stepEntry: stepLine EOF;
ladderEntry: ladderLine EOF;
ruleEntry: ruleLine EOF;
exceptionEntry: exceptionLine EOF;
guaranteeEntry: guaranteeLine EOF;
testEntry: (GIVEN givenPhrase | WHEN whenPhrase | THEN thenPhrase) EOF;
andGivenEntry: AND givenPhrase EOF;
andWhenEntry: AND whenPhrase EOF;
andThenEntry: AND thenPhrase EOF;
scenarioEntry: scenarioLine EOF;
expressionEntry: expr EOF;

// ---------------------------------------------------------------------------------------------------------------------------------------
// The world.

plainHeader
  : edition | useModule | timeZone | countries | region | place | modelPrice | tenantsFrom | setting | window
  ;

edition: EDITION value;
useModule: USE name;
timeZone: TIME ZONE value;
countries: COUNTRY nameList;
region: REGION name IN name;
place: PLACE name IS nameList;
modelPrice: MODEL name COSTS value PER MILLION INPUT tokenWord COMMA NL* value PER MILLION OUTPUT tokenWord;

adequacyHeader: ADEQUACY FROM name TO name;
adequacyLine
  : basis | onlyCertified | since | untilDate | reviewBy
  ;
basis: BASIS value;
onlyCertified: ONLY THOSE CERTIFIED BY nameList;
since: SINCE value;
untilDate: UNTIL value;
reviewBy: REVIEW BY value;

// ---------------------------------------------------------------------------------------------------------------------------------------
// What can be used.

endpointHeader: ENDPOINT name;
endpointLine
  : serves | located | provider | costPerCall | costPerToken | takesAbout | takesAtMost | quota | certified
  ;
serves: SERVES (MODEL | TOOL) name;
located: IN name;
provider: PROVIDER name;
costPerCall: COSTS AT MOST value PER CALL;
costPerToken: COSTS value PER MILLION INPUT tokenWord COMMA NL* value PER MILLION OUTPUT tokenWord;
takesAbout: TAKES ABOUT value;
takesAtMost: TAKES AT MOST value;
quota: AT MOST value (callWord | tokenWord) PER ratePeriod pacing?;
certified: CERTIFIED BY name (CHECKED value)?;

storeHeader: STORE name;
storeLine: keeps | located | certified;
keeps: KEEPS dataList;

reviewersHeader: REVIEWERS name;
reviewersLine: basedIn | staff | reviewTakes | servesTiers | certified;
basedIn: BASED IN nameList;
staff: STAFF value;
reviewTakes: EACH REVIEW TAKES ABOUT value;
servesTiers: SERVES TIERS nameList (IN THAT ORDER)?;

poolHeader: POOL name IN name HAS value slotWord (WITH ROOM FOR value WAITING)?;
poolLine: certified;

// ---------------------------------------------------------------------------------------------------------------------------------------
// Contracts.

tierHeader: TIER name;
classHeader: CLASS name;
regulationHeader: REGULATION name;
orgHeader: ORG name;
tenantHeader: TENANT name membership*;
tenantsFrom: TENANTS FROM value membership*;
membership: ON TIER name | IN CLASS name | IN ORG name;
setting: SETTING name IS typeExpr (BY DEFAULT settingValue)? (THAT TENANTS MAY ONLY (RAISE | LOWER))?;

// A tier, a class and a tenant may say the same things.
tierLine
  : weight | atOnce | atLeastSlots | rateLimit | waiting | budget | useModel | mayUse | mustNotUse | followLadder | expects | laneQuota
  | sla | keepFor | deleteData | staysIn | callsGoTo | reviewersBased | route | useStore | usePool | prefer | subjectTo | ownReviewers
  | setTo | mayRun | suspendedAtMost
  ;
regulationLine: staysIn | callsGoTo | reviewersBased | keepFor | deleteData | mayUse | mustNotUse | mayBeWaived;
orgLine: tierLine | togetherAtOnce | togetherBudget;

weight: WEIGHT value;
atOnce: AT MOST value workflowWord AT ONCE (BURSTING TO value FOR value)?;
togetherAtOnce: TOGETHER atOnce;
atLeastSlots: AT LEAST value slotWord;
rateLimit: AT MOST value (callWord | tokenWord) PER ratePeriod pacing? TO name;
waiting: AT MOST value workflowWord WAITING;
budget: BUDGET value PER (WORKFLOW | MONTH);
togetherBudget: TOGETHER budget;
useModel: USE MODEL name (FOR STEP name)?;
mayUse: MAY USE (MODELS | TOOLS) nameList;
mustNotUse: MUST NOT USE (MODELS | TOOLS) nameList;
followLadder: FOLLOW LADDER name;
expects: EXPECTS value runWord OF name PER period (PEAKING AT value)?;
laneQuota: LANE lane AT MOST value;
sla: SLA value WITHIN value;
keepFor: KEEP dataClass FOR AT LEAST value;
deleteData: DELETE DATA WITHIN value;
staysIn: (STATE | DATA) (STAYS | STAY) IN placeList;
callsGoTo: CALLS GO ONLY TO placeList;
reviewersBased: REVIEWERS BASED IN placeList;
route: ROUTE name TO name (THEN name)* (ELSE SUSPEND)?;
useStore: USE STORE name FOR dataList;
usePool: USE POOL name;
prefer: PREFER (CHEAPEST | FASTEST);
subjectTo: SUBJECT TO nameList;
ownReviewers: REVIEWERS nameList;
setTo: SET name TO settingValue;
mayRun: MAY RUN nameList;
suspendedAtMost: SUSPENDED AT MOST value;
mayBeWaived: MAY BE WAIVED;

ratePeriod: (ROLLING | CALENDAR)? period;
period: SECOND | MINUTE | HOUR | DAY | MONTH;
pacing: EVENLY (WITH BURSTS OF value)?;

// ---------------------------------------------------------------------------------------------------------------------------------------
// Work.

workflowHeader: WORKFLOW name;
workflowLine: inputLine | inLane;
inputLine: INPUT name IS typeExpr;
inLane: IN LANE lane;

stepHeader: OPTIONAL? STEP name;
stepLine
  : after | callsTool | callsModel | callsAnyModel | reads | costsAtMost | takesAbout | takesAtMost | retries | whenLine | gives | replans
  | asks
  ;
after: AFTER nameList;
callsTool: CALLS TOOL name (FOR tokenEstimate)?;
callsModel: CALLS MODEL name (FOR tokenEstimate)?;
callsAnyModel: CALLS A MODEL (FOR tokenEstimate)?;
reads: READS nameList;
costsAtMost: COSTS AT MOST value;
retries: RETRIES AT MOST value timeWord;
whenLine: WHEN condition;
gives: GIVES name AS typeExpr;
replans: ON FAILURE REPLANS FROM name AT MOST value timeWord;
asks: ASKS value OF REVIEWERS name? (WHEN condition)?;
tokenEstimate: (ABOUT | AT MOST) value INPUT tokenWord COMMA NL* value OUTPUT tokenWord;

ladderHeader: LADDER name;
ladderLine: WHEN BUDGET BELOW value COLON (useNamedModel | skipOptional | sendToReviewers | suspend);
useNamedModel: USE MODEL name;
skipOptional: SKIP_WORD OPTIONAL STEPS;
sendToReviewers: SEND TO REVIEWERS name?;
suspend: SUSPEND;

typeExpr
  : A NUMBER_WORD (FROM value TO value)?
  | A COUNT (FROM value TO value)?
  | MONEY_WORD
  | TEXT_WORD
  | YES OR NO
  | A DATE_WORD
  | A DURATION
  | ONE OF nameList
  | A LIST OF TEXT_WORD
  ;

// ---------------------------------------------------------------------------------------------------------------------------------------
// Rules, windows, exceptions, guarantees.

ruleHeader: RULE name;
ruleLine
  : forStep | forWorkflow | forEveryTenant | forTenant | whenLine | deny | suspend | sendToReviewers | askReviewers | waitUntil
  | useNamedModel | skipStep | putInLane | note | because
  ;
forStep: FOR STEP name OF name;
forWorkflow: FOR WORKFLOW name;
forEveryTenant: FOR EVERY TENANT (ON TIER name)?;
forTenant: FOR TENANT name;
deny: DENY;
askReviewers: ASK value OF REVIEWERS name?;
waitUntil: WAIT UNTIL name;
skipStep: SKIP_WORD;
putInLane: PUT IN LANE lane;
note: NOTE value;
because: BECAUSE value;

window: WINDOW name IS (EVERY DAY | weekday (TO weekday)?) value TO value;
weekday: MONDAY | TUESDAY | WEDNESDAY | THURSDAY | FRIDAY | SATURDAY | SUNDAY;

exceptionHeader: EXCEPTION name FOR TENANT name;
exceptionLine: replaceTerm | withTerm | validity | because | ticket | approval;
replaceTerm: REPLACE tierLine;
withTerm: WITH tierLine;
validity: FROM value UNTIL value;
ticket: TICKET value;
approval: APPROVED BY value ON value;

guaranteeHeader: GUARANTEE name;
guaranteeLine
  : forEvery | neverKeep | neverSend | neverUse | worstCaseCost | availability | slaAtLeast | reviewersOnStep | because
  ;
forEvery: FOR EVERY (WORKFLOW OF EVERY)? TENANT (SUBJECT TO name | ON TIER name | IN CLASS name | IN ORG name)?;
neverKeep: NEVER KEEP DATA OUTSIDE placeList;
neverSend: NEVER SEND DATA OUTSIDE placeList;
neverUse: NEVER USE (MODEL | TOOL | ENDPOINT) name;
worstCaseCost: REQUIRE WORST CASE COST AT MOST (BUDGET PER WORKFLOW | value);
availability: REQUIRE AVAILABILITY WITHOUT ANY ONE (ENDPOINT | REGION | PROVIDER);
slaAtLeast: REQUIRE SLA AT LEAST value WITHIN value;
reviewersOnStep: REQUIRE AT LEAST value (REVIEWER | REVIEWERS) ON STEP name;

// ---------------------------------------------------------------------------------------------------------------------------------------
// Tests and scenarios.

testHeader: TEST_WORD value;
givenPhrase
  : givenTenant | endpointDown | endpointRevoked | pathIs | amountLeft | shareLeft | dateIs | timeIs | running | callsMade
  ;
givenTenant: TENANT name;
endpointDown: ENDPOINT name IS DOWN;
endpointRevoked: ENDPOINT name IS REVOKED;
pathIs: NAME IS settingValue;
amountLeft: literal IS LEFT;
shareLeft: literal OF THE BUDGET IS LEFT;
dateIs: THE DATE_WORD IS value;
timeIs: THE TIME IS value;
running: value workflowWord (ARE | IS) RUNNING;
callsMade: value callWord (WERE | WAS) MADE TO name THIS period;

whenPhrase: stepRuns | submitted | arrive;
stepRuns: STEP name OF name RUNS;
submitted: name IS SUBMITTED;
arrive: value runWord OF name (ARRIVE | ARRIVES) WITHIN value;

thenPhrase
  : ( proceeds | isSkipped | waits | suspends | isDenied | isQueued | isRefused | goesToReviewers | usesModel | usesEndpoint | keepsInStore
    | noOtherWaits
    ) (BECAUSE name)?
  ;
proceeds: IT PROCEEDS;
isSkipped: IT IS SKIPPED;
waits: IT WAITS;
suspends: IT SUSPENDS;
isDenied: IT IS DENIED;
isQueued: IT IS QUEUED;
isRefused: IT IS REFUSED;
goesToReviewers: IT GOES TO (literal OF)? REVIEWERS name?;
usesModel: IT USES MODEL name;
usesEndpoint: IT USES ENDPOINT name;
keepsInStore: IT KEEPS dataList IN STORE name;
noOtherWaits: NO OTHER TENANT WAITS MORE_WORD THAN value;

scenarioHeader: SCENARIO name;
scenarioLine: everySends | tenantSends | workflowTakes | stepFails | stepFailsFirst | stepCosts | usualValue | runFrom | downBetween;
everySends: EVERY TENANT (ON TIER name)? SENDS traffic;
tenantSends: TENANT name SENDS traffic;
traffic: value runWord OF name (PER period | WITHIN value (FROM value)?);
workflowTakes: EACH name TAKES ABOUT value;
stepFails: STEP name OF name FAILS value OF THE TIME;
stepFailsFirst: STEP name OF name FAILS value timeWord;
stepCosts: STEP name OF name COSTS value;
usualValue: NAME IS settingValue (IN value OF runWord)?;
runFrom: RUN FROM value TO value;
downBetween: ENDPOINT name IS DOWN (FROM value TO value)?;

// ---------------------------------------------------------------------------------------------------------------------------------------
// Lists, places, values.

nameList: name (COMMA NL* name)*;
dataList: dataClass (COMMA NL* dataClass)*;
dataClass: STATE | CHECKPOINTS | AUDIT | QUEUES;
lane: URGENT | NORMAL | BACKGROUND;
placeList: placeItem (COMMA NL* placeItem)*;
placeItem: PLACES ADEQUATE FOR name | name;

// A value; a bare word (not a keyword) is read too, with a unit behind it, so that the meaning can say "fifty is not a number".
value: literal | NAME unit?;
settingValue: literal | name;
literal: NUMBER unit? | PERCENT | MONEY | DATE | CLOCK_TIME | TEXT;
unit
  : MILLISECOND | MILLISECONDS | SECOND | SECONDS | MINUTE | MINUTES | HOUR | HOURS | DAY | DAYS | WEEK | WEEKS | MONTH | MONTHS | YEAR | YEARS
  ;

// Words that are read in singular and plural; bylaw fmt prints the right one.
callWord: CALL | CALLS;
tokenWord: TOKEN | TOKENS;
workflowWord: WORKFLOW | WORKFLOWS;
slotWord: SLOT | SLOTS;
runWord: RUN | RUNS;
timeWord: TIME | TIMES;

// ---------------------------------------------------------------------------------------------------------------------------------------
// Conditions: Common Expression Language. The lexer is in its own mode between the parentheses.

condition: LPAREN expr C_RPAREN;

expr: orExpr (C_QUESTION orExpr C_COLON expr)?;
orExpr: andExpr (C_OR andExpr)*;
andExpr: relation (C_AND relation)*;
relation: sum ((C_LT | C_LE | C_GE | C_GT | C_EQ | C_NE | C_IN) sum)*;
sum: product ((C_PLUS | C_MINUS) product)*;
product: unary ((C_STAR | C_SLASH | C_PERCENT) unary)*;
unary: (C_NOT+ | C_MINUS+)? member;
member: primary suffix*;
suffix
  : C_DOT C_QUESTION? field (C_LPAREN exprList? C_RPAREN)?
  | C_LBRACKET C_QUESTION? expr C_RBRACKET
  ;
field: C_IDENT | C_QUOTED_IDENT;
primary
  : C_DOT? C_IDENT (C_LPAREN exprList? C_RPAREN)?
  | C_LPAREN expr C_RPAREN
  | C_LBRACKET listItems? C_COMMA? C_RBRACKET
  | C_LBRACE mapItems? C_COMMA? C_RBRACE
  | C_INT | C_UINT | C_FLOAT | C_STRING | C_BYTES | C_MONEY | C_TRUE | C_FALSE | C_NULL
  ;
exprList: expr (C_COMMA expr)*;
listItems: listItem (C_COMMA listItem)*;
listItem: C_QUESTION? expr;
mapItems: mapItem (C_COMMA mapItem)*;
mapItem: C_QUESTION? expr C_COLON expr;

// Every keyword may be used as a name. A test holds this list equal to the keywords of the lexer.
name
  : NAME
    | A | ABOUT | ADEQUACY | ADEQUATE | AFTER | AND | ANY | APPROVED | ARE | ARRIVE | ARRIVES | AS | ASK | ASKS | AT | AUDIT
    | AVAILABILITY | BACKGROUND | BASED | BASIS | BE | BECAUSE | BELOW | BUDGET | BURSTING | BURSTS | BY | CALENDAR | CALL | CALLS
    | CASE | CERTIFIED | CHEAPEST | CHECKED | CHECKPOINTS | CLASS | COST | COSTS | COUNT | COUNTRY | DATA | DATE_WORD | DAY | DAYS
    | DEFAULT | DELETE | DENIED | DENY | DOWN | DURATION | EACH | EDITION | ELSE | ENDPOINT | EVENLY | EVERY | EXCEPTION | EXPECTS
    | FAILS | FAILURE | FASTEST | FOLLOW | FOR | FRIDAY | FROM | GIVEN | GIVES | GO | GOES | GUARANTEE | HAS | HOUR | HOURS | IN | INPUT
    | IS | IT | KEEP | KEEPS | LADDER | LANE | LEAST | LEFT | LIST | LOWER | MADE | MAY | MILLION | MILLISECOND | MILLISECONDS | MINUTE
    | MINUTES | MODEL | MODELS | MONDAY | MONEY_WORD | MONTH | MONTHS | MORE_WORD | MOST | MUST | NEVER | NO | NORMAL | NOT | NOTE
    | NUMBER_WORD | OF | ON | ONCE | ONE | ONLY | OPTIONAL | OR | ORDER | ORG | OTHER | OUTPUT | OUTSIDE | PEAKING | PER | PLACE
    | PLACES | POOL | PREFER | PROCEEDS | PROVIDER | PUT | QUEUED | QUEUES | RAISE | READS | REFUSED | REGION | REGULATION | REPLACE
    | REPLANS | REQUIRE | RETRIES | REVIEW | REVIEWER | REVIEWERS | REVOKED | ROLLING | ROOM | ROUTE | RULE | RUN | RUNNING | RUNS
    | SATURDAY | SCENARIO | SECOND | SECONDS | SEND | SENDS | SERVES | SET | SETTING | SINCE | SKIPPED | SKIP_WORD | SLA | SLOT | SLOTS
    | STAFF | STATE | STAY | STAYS | STEP | STEPS | STORE | SUBJECT | SUBMITTED | SUNDAY | SUSPEND | SUSPENDED | SUSPENDS | TAKES
    | TENANT | TENANTS | TEST_WORD | TEXT_WORD | THAN | THAT | THE | THEN | THIS | THOSE | THURSDAY | TICKET | TIER | TIERS | TIME | TIMES
    | TO | TOGETHER | TOKEN | TOKENS | TOOL | TOOLS | TUESDAY | UNTIL | URGENT | USE | USES | WAIT | WAITING | WAITS | WAIVED | WAS
    | WEDNESDAY | WEEK | WEEKS | WEIGHT | WERE | WHEN | WINDOW | WITH | WITHIN | WITHOUT | WORKFLOW | WORKFLOWS | WORST | YEAR | YEARS
    | YES | ZONE
  ;
