"""Operations against the small real fakes of tests.fakes."""
