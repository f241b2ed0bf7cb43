stub;
